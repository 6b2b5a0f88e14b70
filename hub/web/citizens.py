"""The pages of citizens: who lives where, one of them whole, and whom an incident is about."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.citizens import actions, queries, riskstore, store
from hub.citizens.citizen import LONGEST, Citizen, homes, may_end, may_enter
from hub.citizens.number import Sort
from hub.citizens.risk import Risk
from hub.incidents import queries as incident_queries
from hub.incidents.paper import Paper
from hub.incidents.queries import Seen
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import NotYours, Refused, say
from hub.web.admin import Desks, Visit
from hub.web.lists import danish
from hub.web.pages import Pages
from hub.web.render import Texts

LIST = "/citizens"
MOST_WORDS = 200


async def page(visit: Visit) -> Response:
    """Who lives here, or whom was asked for; that they were shown is written down."""
    asked = visit.entry.raw("q").strip()[:MOST_WORDS]
    async with visit.reading() as tx:
        try:
            found = list(
                await queries.asked_for(tx, visit.hub.citizens.seals, visit.by, asked)
                if asked
                else await queries.theirs(tx, visit.hub.citizens.seals, visit.by)
            )
        except Refused as refusal:
            visit.entry.wrong("q", refusal.text)
            found = []
    event = "citizens_looked_up" if asked else "citizens_listed"
    await visit.hub.citizens.looked(visit.by, event, None, {"found": len(found)})
    found.sort(key=lambda one: danish(one.name))
    return await visit.show(
        "citizens.html",
        asked=asked,
        here=[_line(visit, one) for one in found if one.here],
        gone=[_line(visit, one) for one in found if not one.here],
    )


def _line(visit: Visit, one: Citizen) -> dict[str, str]:
    numbers = ", ".join(number.masked for number in one.numbers)
    return {"id": one.id, "name": one.name, "home": home(visit, one), "numbers": numbers}


def home(visit: Visit, one: Citizen) -> str:
    """Where they live, as people say it."""
    unit, place = visit.site.units.get(one.unit), visit.site.places.get(one.place or "")
    return " · ".join(found.name for found in (unit, place) if found is not None)


async def new(visit: Visit) -> Response:
    return await visit.show("citizen_new.html", homes=homes(visit.site, visit.by), longest=LONGEST)


async def add(visit: Visit) -> str:
    which = await visit.change(lambda change: actions.add(change, visit.hub.citizens.seals, visit.entry), may_enter)
    return f"{LIST}/{which}?done=1"


async def one(visit: Visit, *, whole: bool = False) -> Response:
    """One citizen; that whoever asks has read of them is written down first."""
    seals, which = visit.hub.citizens.seals, visit.which
    async with visit.reading() as tx:
        seal = await seals.to_read(tx, visit.by.institution)
        found = await actions.known(tx, seal, visit.by, which)
        incidents = await store.incidents(tx, visit.by.institution, which)
        risks = await riskstore.of_citizen(tx, seals.vault, visit.by.institution, which)
    await visit.hub.citizens.looked(visit.by, "citizen_read", which, {})
    sorts = _sorts(visit.texts)
    return await visit.show(
        "citizen.html",
        one=found,
        home=home(visit, found),
        homes=homes(visit.site, visit.by),
        chosen_home=f"{found.unit}/{found.place}" if found.place is not None else found.unit,
        longest=LONGEST,
        known_numbers=[
            (number.whole if whole else number.masked, sorts[number.sort], number.fits, seal.lookup(number))
            for number in found.numbers
        ],
        whole=whole,
        leads=may_end(visit.by, found.unit),
        moved=visit.local(found.moved_out_at)[:10],
        held=visit.local(found.held_at),
        incidents=incidents,
        risks=[told(visit, risk) for risk in risks],
        none_entered=Entry(),
    )


def _sorts(say: Texts) -> dict[Sort, str]:
    return {Sort.CPR: say("CPR number"), Sort.X_ECPR: say("Replacement number (X-eCPR)"),
            Sort.D_ECPR: say("Regional replacement number (D-eCPR)")}  # fmt: skip


def told(visit: Visit, one: Risk) -> dict[str, Any]:
    """A risk as its page and its citizen's tell of it."""
    author = visit.site.people.get(one.author)
    return {
        "id": one.id,
        "about": "",
        "citizen": None,
        "text": one.text,
        "todo": one.todo,
        "until": visit.local(one.until),
        "by": author.name if author is not None else one.author,
        "conversation": one.conversation,
        "message": one.message,
        "holds": one.holds(visit.hub.clock.now()),
        "ended": visit.local(one.ended_at),
        "why": one.why,
    }


async def edit(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.edit(change, seals, visit.entry, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def show_numbers(visit: Visit) -> Response:
    """The numbers in full, for this once."""
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.show_numbers(change, seals, visit.which), may_enter)
    return await one(visit, whole=True)


async def give_number(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.give_number(change, seals, visit.entry, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def take_number(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.take_number(change, seals, visit.entry, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def move_out(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.move_out(change, seals, visit.entry, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def hold(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.hold(change, seals, visit.entry, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def lift(visit: Visit) -> str:
    seals = visit.hub.citizens.seals
    await visit.change(lambda change: actions.lift(change, seals, visit.which), may_enter)
    return f"{LIST}/{visit.which}?done=1"


async def choices(visit: Visit) -> list[tuple[str, str]]:
    """Those whom somebody may choose in a form, by name and home."""
    if not may_enter(visit.by):
        return []
    async with visit.reading() as tx:
        found = await queries.theirs(tx, visit.hub.citizens.seals, visit.by)
    found.sort(key=lambda one: danish(one.name))
    return [(one.id, f"{one.name}, {home(visit, one)}") for one in found if one.here]


async def of_incident(visit: Visit, seen: Seen) -> dict[str, Any]:
    """Whom an incident is about, as those who read its case note see it, and whom they may choose."""
    if Paper.CASE not in seen.readable or not may_enter(visit.by):
        return {"citizens": [], "citizen_choices": []}
    async with visit.reading() as tx:
        linked = await store.of_incident(tx, visit.by.institution, visit.which)
        mine = {one.id: one for one in await queries.theirs(tx, visit.hub.citizens.seals, visit.by)}
    about = [(one.id, one.name, home(visit, one)) for one in mine.values() if one.id in linked]
    there = [one for one in await choices(visit) if one[0] not in linked]
    return {"citizens": about, "citizen_choices": there}


async def about_incident(visit: Visit) -> str:
    """Says whom an incident is about, or takes it back."""
    which, entry = visit.which, visit.entry
    citizen, about = entry.raw("citizen") or entry.raw("drop"), not entry.raw("drop")
    if not citizen:
        entry.wrong("citizen", say("Choose one from the list."))
    entry.refuse_if_faulty()

    async def work(change: Change) -> None:
        seen = await incident_queries.one(change.tx, visit.hub.incidents.seals, change.by, which)
        if Paper.CASE not in seen.readable:
            raise NotYours(say("This paper is not yours to write in."))
        await actions.link(change, visit.hub.citizens.seals, which, citizen, about=about)

    await visit.change(work, may_enter)
    return f"/incidents/{which}?done=1"


def citizen_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the register, for those who work with citizens."""
    desks, here = Desks(pages), f"{LIST}/{{id}}"
    return [
        desks.page(LIST, page, may_enter),
        desks.look(LIST, page, may_enter),
        desks.page(f"{LIST}/new", new, may_enter),
        desks.form(f"{LIST}/new", add, new, may_enter),
        desks.page(here, one, may_enter),
        desks.form(here, edit, one, may_enter),
        desks.form(f"{here}/numbers", give_number, one, may_enter),
        desks.form(f"{here}/numbers/take", take_number, one, may_enter),
        desks.look(f"{here}/numbers/shown", show_numbers, may_enter),
        desks.form(f"{here}/moved", move_out, one, may_enter),
        desks.form(f"{here}/hold", hold, one, may_enter),
        desks.form(f"{here}/hold/lift", lift, one, may_enter),
    ]
