"""Phones, PCs, fixed buttons and screens, at a desk: given by a code, and taken back in two taps."""

import io
from collections.abc import Sequence
from urllib.parse import urlsplit

import segno
from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.clock import instant
from hub.errors import NotFound
from hub.people import access, deskstore, devices, enrolments, enrolmentstore, tables
from hub.people.access import Principal
from hub.people.devices import Reason
from hub.people.enrolment import Enrolment, Purpose
from hub.people.site import Device, Site
from hub.roster import substitutes
from hub.web.admin import Desks, Visit, kind_word
from hub.web.lists import Line, danish

LIST = "/admin/devices"
# What a phone that scans it would look for on itself.
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
CODES = "/admin/codes"


def may_lead(by: Principal) -> bool:
    """Whoever leads lets substitutes in and takes lost phones back: at night there is nobody else."""
    return access.leads(by)


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Every device and every browser that somebody is signed in with, as far as whoever asks may see them."""
    say, site, of = visit.texts, visit.site, visit.by.institution
    async with visit.reading() as tx:
        kept = await deskstore.present(tx, tables.DEVICES, of)
        sessions = await deskstore.sessions(tx, of, visit.hub.clock.now())
    heads = (say("Whose or where"), say("Sort"), say("Called"), say("Since"), say("State"))
    lines = []
    for device in site.devices.values():
        if device.revoked or not devices.may_revoke(visit.by, site, device):
            continue
        ends = kept[device.id]["ends_at"]
        state = say("Connected") if _connected(visit, device) else say("Not connected")
        if ends is not None:
            state = say("{state}, until {time}", state=state, time=visit.local(instant(ends)))
        since = visit.local(instant(kept[device.id]["created_at"]))
        cells = (whose(device, site), kind_word(device.kind, say), device.name or device.id, since, state)
        lines.append(Line(cells, None, ("device", device.id)))
    for session in sessions:
        person = site.people.get(session["person"])
        if person is None or not devices.may_revoke(visit.by, site, Device("", enrolments.PERSONAL[0], person.id)):
            continue
        seen = visit.local(instant(session["last_seen_at"]))
        cells = (person.name, say("Browser"), session["user_agent"][:60], visit.local(instant(session["created_at"])),
                 say("Signed in, last seen {time}", time=seen))  # fmt: skip
        lines.append(Line(cells, None, ("session", f"{person.id}/{session['token_hash']}")))
    return heads, lines


def whose(device: Device, site: Site) -> str:
    """The person, or the room with its unit; what hangs in no room is the whole house's."""
    if device.person is not None:
        return site.people[device.person].name if device.person in site.people else device.person
    place = site.places.get(device.place or "")
    if place is None or place.unit not in site.units:
        return site.institution.name
    return f"{place.name}, {site.units[place.unit].name}"


def _connected(visit: Visit, device: Device) -> bool:
    return bool(visit.hub.sockets.of_device(visit.by.institution, device.id))


async def page(visit: Visit) -> Response:
    say, site, now = visit.texts, visit.site, visit.hub.clock.now()
    async with visit.reading() as tx:
        waiting = await enrolmentstore.waiting(tx, visit.by.institution, now)
    return await visit.show(
        "devices.html",
        list=visit.listing(*await rows(visit)),
        own_kinds=[(kind.value, kind_word(kind, say)) for kind in enrolments.PERSONAL],
        fixed_kinds=[(kind.value, kind_word(kind, say)) for kind in enrolments.FIXED],
        people=sorted(((one.id, one.name) for one in site.people.values()), key=lambda one: danish(one[1])),
        rooms=[(one.id, whose(Device("", enrolments.FIXED[0], place=one.id), site)) for one in site.places.values()],
        own_units=[(one.id, one.name) for one in site.units.values() if access.leads(visit.by, one.id)],
        waiting=[(one, about(one, visit)) for one in waiting if _may_show(one, visit)],
        chosen=visit.request.query_params.get("person", ""),
    )


def about(code: Enrolment, visit: Visit) -> str:
    """Whom or what a code is for."""
    say, site = visit.texts, visit.site
    if code.purpose is Purpose.SUBSTITUTE:
        return say("{name}, substitute until {time}", name=code.name, time=visit.local(code.until))
    kind = kind_word(code.kind, say) if code.kind is not None else say("First sign-in")
    return f"{kind}: {whose(Device('', code.kind or enrolments.PERSONAL[0], code.person, code.place), site)}"


def _may_show(code: Enrolment, visit: Visit) -> bool:
    if code.purpose is Purpose.SUBSTITUTE:
        return access.leads(visit.by, code.unit)
    person = visit.site.people.get(code.person or "")
    return access.administers(visit.by) and (person is None or access.may_give(visit.by, person.role))


async def enrol(visit: Visit) -> str:
    made = await visit.change(lambda change: enrolments.for_device(change, visit.entry))
    return f"{CODES}/{made.id}"


async def substitute(visit: Visit) -> str:
    made = await visit.change(lambda change: substitutes.give(change, visit.entry), may_lead)
    return f"{CODES}/{made.id}"


async def revoke(visit: Visit) -> str:
    reason = visit.entry.choice("reason", Reason)
    visit.entry.refuse_if_faulty()
    why = reason or Reason.LOST
    await visit.change(lambda change: devices.revoke(change, visit.which, why), may_lead)
    return f"{LIST}?done=1"


async def sign_out(visit: Visit) -> str:
    person, session = visit.which, str(visit.request.path_params["session"])
    await visit.change(lambda change: devices.sign_out(change, person, session), may_lead)
    return f"{LIST}?done=1"


async def _code(visit: Visit) -> Enrolment:
    async with visit.reading() as tx:
        found = await enrolmentstore.find(tx, visit.which)
    if found is None or found.institution != visit.by.institution or not _may_show(found, visit):
        raise NotFound("There is no such code here.")
    return found


def _address(visit: Visit, code: Enrolment) -> str:
    return f"{visit.public_url}/enrol/{visit.hub.enrolments.code(code)}"


async def code(visit: Visit) -> Response:
    found = await _code(visit)
    usable = found.used_at is None and found.expires_at > visit.hub.clock.now()
    address = _address(visit, found) if usable else ""
    here = urlsplit(address).hostname in _THIS_MACHINE
    values = {"about": about(found, visit), "address": address, "usable": usable, "only_here": here}
    return await visit.show("code.html", code=found, **values)


async def picture(visit: Visit) -> Response:
    """The QR code itself, black on white whatever the page's colours are, for a camera reads it."""
    found = await _code(visit)
    found.refuse_if_gone(visit.hub.clock.now())
    drawn = io.BytesIO()
    segno.make(_address(visit, found), error="m", micro=False).save(
        drawn, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page(LIST, page, may_lead),
        desks.form(LIST, enrol, page),
        desks.form(f"{LIST}/substitute", substitute, page, may_lead),
        desks.form(f"{LIST}/{{id}}/revoke", revoke, page, may_lead),
        desks.form(f"{LIST}/sessions/{{id}}/{{session}}", sign_out, page, may_lead),
        desks.file("devices", rows),
        desks.page(f"{CODES}/{{id}}.svg", picture, may_lead),
        desks.page(f"{CODES}/{{id}}", code, may_lead),
    ]
