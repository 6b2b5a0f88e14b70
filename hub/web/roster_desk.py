"""The roster changed on its page: shifts made, moved and taken off, covers made and ended, by those who lead."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.alarms.events import name_of
from hub.errors import NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import NotYours, Refused, say
from hub.people.localtime import period
from hub.people.site import DutyState
from hub.reach.board import unit_name
from hub.roster import absencestore, byhand, covers, store
from hub.roster.actions import TRIES
from hub.roster.byhand import MADE_HERE, Move
from hub.roster.calendar import duty_word
from hub.roster.rest import Breach
from hub.roster.resting import spoken
from hub.roster.shift import OVERRIDE, Shift
from hub.roster.shifttimes import as_written
from hub.roster.substitutes import until
from hub.web.admin import Desks, Visit, names_of
from hub.web.lists import danish
from hub.web.pages import Pages
from hub.web.roster_asked import PATH

SHIFTS, COVERS = f"{PATH}/shifts", f"{PATH}/covers"
NEW = "new"
FIELDS = ("person", "unit", "duty", "day", "from", "to", "last_day")
# What a shift that was dragged says of where it was let go.
DRAGGED = ("person", "unit", "day")


def may_enter(by: Principal) -> bool:
    return access.leads(by)


def _back(visit: Visit) -> str:
    """The part of the roster that the person came from, and nowhere else."""
    query = visit.entry.raw("back") or visit.request.query_params.get("back", "")
    return query if query.isprintable() and len(query) < 500 else ""


def _done(visit: Visit) -> str:
    query = "&".join(part for part in (_back(visit), "done=1") if part)
    return f"{PATH}?{query}"


async def shift_page(visit: Visit) -> Response:
    """The form of a shift: as it stands, or as it was dragged, which the address says."""
    shift, stands = None, True
    if visit.which != NEW:
        async with visit.reading() as tx:
            shift = await store.find(tx, visit.by.institution, visit.which)
        if shift is None:
            raise NotFound("There is no such shift any more.")
        if not access.leads(visit.by, shift.unit):
            raise NotYours(say("A shift is for those who lead the unit to change: ask a shift lead."))
        stands = shift.source in MADE_HERE and shift.ends > visit.hub.clock.now()
    if shift is not None and not stands:
        return await _told(visit, shift)
    asked = visit.request.query_params
    return await visit.show(
        "roster_shift.html",
        shift=shift,
        values=dict.fromkeys(FIELDS, "") | _values(visit, shift) | {key: asked[key] for key in DRAGGED if key in asked},
        moved=shift is not None and any(key in asked for key in DRAGGED),
        back=_back(visit),
        **_choices(visit),
    )


def _values(visit: Visit, shift: Shift | None) -> dict[str, str]:
    """What the form says before anybody has typed."""
    zone = ZoneInfo(visit.site.institution.timezone)
    if shift is None:
        return {"day": f"{visit.hub.clock.now().astimezone(zone):%Y-%m-%d}", "duty": DutyState.ACTIVE.value}
    starts, ends = as_written(shift.starts, zone), as_written(shift.ends, zone)
    day = _dragged_to(visit) or starts.date()
    last = ends.date() + (day - starts.date())
    longer = (last - day).days > int(ends.time() <= starts.time())
    return {
        "person": shift.person,
        "unit": shift.unit,
        "duty": shift.duty.value,
        "day": day.isoformat(),
        "from": f"{starts:%H:%M}",
        "to": f"{ends:%H:%M}",
        "last_day": last.isoformat() if longer else "",
    }


def _dragged_to(visit: Visit) -> date | None:
    try:
        return date.fromisoformat(visit.request.query_params.get("day", ""))
    except ValueError:
        return None


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    people = names_of(sorted(visit.site.people.values(), key=lambda one: danish(one.name)))
    return {
        "people": list(people.items()),
        "led": [(one.id, one.name) for one in visit.site.units.values() if access.leads(visit.by, one.id)],
        "duties": [(one.value, duty_word(one, visit.texts)) for one in DutyState],
    }


async def _told(visit: Visit, shift: Shift) -> Response:
    """A shift that is not for this page to change: what it is, what it was, and what can be done about it."""
    site, zone, now = visit.site, ZoneInfo(visit.site.institution.timezone), visit.hub.clock.now()
    async with visit.reading() as tx:
        was = await store.past(tx, visit.by.institution, shift.id)
        stood_for = (await absencestore.find_many(tx, visit.by.institution, [shift.id])).get(shift.id)
    return await visit.show(
        "roster_told.html",
        shift=shift,
        name=name_of(site, shift.person) or shift.person,
        unit=unit_name(site, shift.unit) or shift.unit,
        duty=duty_word(shift.duty, visit.texts),
        when=period(shift.starts, shift.ends, zone, visit.texts),
        was=[
            (period(one.starts, one.ends, zone, visit.texts), name_of(site, one.person), visit.local(at))
            for at, one, _ in was
        ],
        running=shift.starts <= now < shift.ends,
        cover=shift.source == OVERRIDE,
        instead_of=name_of(site, stood_for.person) if stood_for is not None else None,
        back=_back(visit),
    )


async def save_shift(visit: Visit) -> str:
    """Writes the shift as the form says, if no rest rule is broken by it or its reason is given."""
    which = None if visit.which == NEW else visit.which
    if visit.entry.raw("do") == "remove" and which is not None:
        return await _write(visit, partial(byhand.without, which=which))
    return await _write(visit, partial(byhand.wanted, site=visit.site, which=which, entry=visit.entry))


async def _write(visit: Visit, meant: Callable[..., Awaitable[Move]]) -> str:
    why = visit.entry.why(needed=False) or ""
    for _ in range(TRIES):
        async with visit.reading() as tx:
            move = await meant(tx, by=visit.by, now=visit.hub.clock.now())
        # Four months of somebody's shifts are counted beside the event loop.
        broken = await to_thread(move.breaches)
        if broken and not why:
            _refuse(visit, move, list(broken))
        write = partial(byhand.write, move=move, broken=broken, why=why)
        if await visit.change(write, access.leads):
            return _done(visit)
    raise Refused(say("The roster changed again and again meanwhile: send it once more."))


def _refuse(visit: Visit, move: Move, broken: list[Breach]) -> None:
    """Says which rules it breaks, and asks why it must be so."""
    words = "; ".join(spoken(one, visit.site, move.known.book, visit.texts) for one in broken)
    visit.entry.wrong("why", say("{breaches} Change the shift, or write why it must be so.", breaches=words))
    visit.entry.refuse_if_faulty()


async def cover_page(visit: Visit) -> Response:
    asked = visit.request.query_params
    return await visit.show(
        "roster_cover.html",
        values={key: asked.get(key, "") for key in ("unit", "instead_of", "until")},
        back=_back(visit),
        **_choices(visit),
    )


async def make_cover(visit: Visit) -> str:
    entry, site, hub = visit.entry, visit.site, visit.hub
    unit = entry.one_of("unit", [one for one in site.units if access.leads(visit.by, one)])
    person, instead = entry.one_of("person", site.people), entry.one_of("instead_of", site.people)
    duty, why = entry.choice("duty", DutyState), entry.why(needed=False)
    ends = until(entry, site, hub.clock.now())
    if unit is None:
        entry.wrong("unit", say("Choose the unit that the shift is in."))
    if person is None:
        entry.wrong("person", say("Choose who covers."))
    elif person == instead:
        entry.wrong("instead_of", say("Nobody stands in for themselves: choose somebody else."))
    entry.refuse_if_faulty()
    if unit and person and duty and ends:
        await covers.cover(hub.database, hub.clock, visit.token, unit, person, ends, instead, duty, why)
    return _done(visit)


async def end_cover(visit: Visit) -> str:
    await covers.end(visit.hub.database, visit.hub.clock, visit.token, visit.which)
    return _done(visit)


def roster_desk_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the forms."""
    desks = Desks(pages)
    return [
        desks.page(f"{SHIFTS}/{{id}}", shift_page, may_enter),
        desks.form(f"{SHIFTS}/{{id}}", save_shift, shift_page, may_enter),
        desks.page(COVERS, cover_page, may_enter),
        desks.form(COVERS, make_cover, cover_page, may_enter),
        desks.form(f"{COVERS}/{{id}}/end", end_cover, cover_page, may_enter),
    ]
