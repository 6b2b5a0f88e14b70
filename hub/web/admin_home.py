"""The administration's front page: what is still missing, how the hub is, who would hear, and what changed last."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from hub.health.faults import faults, lesser
from hub.people import access, deskstore, institutions, sitefile, store, tables
from hub.people.access import Principal
from hub.people.desk import Told, latest
from hub.people.enrolments import PERSONAL
from hub.people.site import Site
from hub.reach.board import reach_json
from hub.web.admin import Desks, Visit
from hub.web.lists import Line
from hub.web.render import Texts

LATEST = 20
ALL = 500


def may_enter(by: Principal) -> bool:
    """A shift lead finds here what a shift lead may do."""
    return access.leads(by)


async def home(visit: Visit) -> Response:
    say, hub = visit.texts, visit.hub
    reading = await hub.vigil.reading()
    async with visit.reading() as tx:
        setting, _, reaches = await hub.reach.units(tx, visit.by.institution)
        told = await latest(tx, visit.by.institution, LATEST) if access.manages(visit.by) else []
        names = await store.names(tx, visit.by.institution)
        kept = await deskstore.present(tx, tables.PEOPLE, visit.by.institution)
    with_password = {key for key, row in kept.items() if row["password_hash"] and row["retired_at"] is None}
    shown = [one for one in reaches if access.leads(visit.by, one.unit)]
    return await visit.show(
        "home.html",
        missing=missing(visit.site, with_password, say) if access.manages(visit.by) else [],
        wrong=[*faults(reading, say), *lesser(reading, say)],
        reach=[reach_json(one, visit.site, setting.limit(one.unit).people, say) for one in shown],
        changes=[_line(visit, one, names) for one in told],
        administers=access.administers(visit.by),
        scanned=hub.messages.attaching.scanner is not None,
    )


def missing(site: Site, with_password: "set[str]", say: Texts) -> list[dict[str, Any]]:
    """The first day, step by step: what there is, and what is still to do."""
    phones = [one for one in site.devices.values() if one.kind in PERSONAL and not one.revoked and one.person]
    leaders = [one for one in site.people.values() if one.role in access.MANAGING]
    steps = [
        (bool(site.units), "/admin/units", say("Units and their rooms"), len(site.units)),
        (len(site.people) > len(leaders), "/admin/people", say("People, with a role and a unit"), len(site.people)),
        (bool(phones) or len(with_password) > 1, "/admin/devices", say("Phones that can hear an alarm"), len(phones)),
    ]
    return [{"done": done, "href": href, "text": text, "n": n} for done, href, text, n in steps]


def _line(visit: Visit, told: Told, names: "dict[str, str]") -> Line:
    entry = told.entry
    say = visit.texts
    who = names.get(entry.actor or "", entry.actor or say("Site file"))
    why = told.why or reason_word(str(entry.facts.get("why", "")), say)
    about = _about(visit.site, entry.subject or "", names) or names.get(entry.facts.get("person") or "", "")
    return Line((visit.local(entry.at), who, event_word(entry.event, say), about, why))


def _about(site: Site, subject: str, names: "dict[str, str]") -> str:
    """What a change was about, by its name."""
    sort, _, which = subject.partition(":")
    if sort == "person":
        return names.get(which, which)
    if sort == "unit" and which in site.units:
        return site.units[which].name
    if sort == "contact" and which in site.contacts:
        return site.contacts[which].name
    device = site.devices.get(which) if sort == "device" else None
    if device is not None and device.person is not None:
        return f"{names.get(device.person, device.person)} ({which})"
    return "" if sort in {"code", site.institution.id} else which or subject


def reason_word(reason: str, say: Texts) -> str:
    """Why a device was taken back, as it was chosen."""
    reasons = {
        "lost": say("Lost"),
        "replaced": say("No longer in use"),
        "left": say("Works here no more"),
        "signed_out": say("Signed out"),
    }
    return reasons.get(reason, "")


def event_word(event: str, say: Texts) -> str:
    """A change as people say it."""
    events = {
        "site_set_up": say("Institution set up"),
        "institution_changed": say("Institution changed"),
        "rules_changed": say("New rules in force"),
        "code_made": say("Code made"),
        "exported": say("List taken along"),
        "session_ended": say("Signed out"),
        "unit_added": say("Unit added"),
        "unit_changed": say("Unit changed"),
        "unit_retired": say("Unit closed"),
        "unit_quietened": say("Sound of alarms changed"),
        "plan_drawn": say("Floor plan hung up"),
        "plan_removed": say("Floor plan taken down"),
        "rooms_placed": say("Rooms placed on the plan"),
        "card_written": say("Instruction card written"),
        "person_added": say("Person added"),
        "person_changed": say("Person changed"),
        "person_retired": say("Person taken out"),
        "person_first_sign_in": say("Password chosen"),
        "device_enrolled": say("Device taken into use"),
        "device_revoked": say("Device revoked"),
        "contact_added": say("Contact added"),
        "contact_changed": say("Contact changed"),
        "contact_retired": say("Contact taken out"),
        "substitute_came": say("Substitute began"),
        "substitute_left": say("Substitute's shift over"),
        "case_practice_changed": say("New case practice"),
        "case_area_chosen": say("Area of the case practice chosen"),
        "case_keeper_chosen": say("Said who decides the case practice"),
        "case_way_changed": say("Way into the case system set up or taken away"),
    }
    return events[event]


async def rows(visit: Visit) -> tuple[Sequence[str], Sequence[Line]]:
    """Who changed what, and why."""
    say = visit.texts
    async with visit.reading() as tx:
        told = await latest(tx, visit.by.institution, ALL)
        names = await store.names(tx, visit.by.institution)
    heads = (say("When"), say("Who"), say("What"), say("About"), say("Why"))
    return heads, [_line(visit, one, names) for one in told]


async def changes(visit: Visit) -> Response:
    return await visit.show("changes.html", list=visit.listing(*await rows(visit), newest_first=True))


async def institution(visit: Visit) -> Response:
    return await visit.show("institution.html")


async def alter(visit: Visit) -> str:
    await visit.change(lambda change: institutions.alter(change, visit.entry))
    return "/admin/institution?done=1"


async def site_file(visit: Visit) -> Response:
    """The institution as a file for `hub setup`, without passwords and tokens."""
    async with visit.reading() as tx:
        kept = await deskstore.present(tx, tables.PEOPLE, visit.by.institution)
    await visit.hub.desk.exported(visit.by.institution, visit.by, "site")
    languages = {key: row["language"] for key, row in kept.items() if row["language"]}
    away = {key for key, row in kept.items() if row["leaves_at"] is not None}
    headers = {"Content-Disposition": 'attachment; filename="site.toml"', "Cache-Control": "no-store"}
    return PlainTextResponse(sitefile.written(visit.site, languages, away), headers=headers)


def routes(desks: Desks) -> list[BaseRoute]:
    return [
        desks.page("/admin", home, may_enter),
        desks.page("/admin/changes", changes),
        desks.file("changes", rows),
        desks.page("/admin/institution", institution),
        desks.form("/admin/institution", alter, institution),
        desks.page("/admin/site.toml", site_file),
    ]
