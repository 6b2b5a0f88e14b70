"""The list of incidents: what was asked for, the searches that are kept, and the files that are taken along."""

from asyncio import to_thread
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.errors import NotFound
from hub.incidents import queries, rights, views
from hub.incidents.incident import Incident, Outcome, State
from hub.incidents.liststore import Asked
from hub.incidents.paper import Kind, Paper
from hub.incidents.queries import Found
from hub.incidents.viewstore import View
from hub.people import access
from hub.people.access import Principal
from hub.people.faults import say
from hub.web import incident_tasks as todo
from hub.web import incident_words as words
from hub.web.admin import Desks, Visit
from hub.web.incident_notes import LIST
from hub.web.lists import Line, Listing, danish, day, place_after, read_place, spreadsheet, workbook
from hub.web.pages import Pages

# A first note is asked for until somebody has had some days to write it.
ASKED_FOR = timedelta(days=14)
MOST_ASKED_FOR = 5
MOST_IN_FILE = 20_000
AT_ONCE_IN_FILE = 2_000
NARROWING = ("q", "unit", "from", "to", "kind", "outcome", "state", "person")
ASKED = (*NARROWING, "before")
NO_READING = "–"
VIEWS = f"{LIST}/views"
LONGEST_NAME = 60


def given(visit: Visit) -> dict[str, str]:
    """What the search was filled in with. Words come by form only: an address with a name in it stays in many logs."""
    query = visit.request.query_params
    found = {one: visit.entry.raw(one) if visit.entry else query.get(one, "") for one in ASKED}
    return {one: text.strip() for one, text in found.items() if text.strip() and (visit.entry or one != "q")}


def asked(visit: Visit, filled: Mapping[str, str]) -> Asked:
    """What the list was asked for; what cannot be read of it is not asked."""
    zone = ZoneInfo(visit.site.institution.timezone)
    until = day(filled.get("to", ""), zone)
    return Asked(
        unit=filled.get("unit") if filled.get("unit") in visit.site.units else None,
        first=day(filled.get("from", ""), zone),
        end=until + timedelta(days=1) if until is not None else None,
        kind=Kind(filled["kind"]) if filled.get("kind") in list(Kind) else None,
        outcome=Outcome(filled["outcome"]) if filled.get("outcome") in list(Outcome) else None,
        state=State(filled["state"]) if filled.get("state") in list(State) else None,
        person=filled.get("person"),
        words=filled.get("q", "")[:200],
        before=read_place(filled.get("before", "")),
    )


async def page(visit: Visit) -> Response:
    seals, by = visit.hub.incidents.seals, visit.by
    async with visit.reading() as tx:
        kept = await views.seen(tx, seals, by)
    chosen = _chosen(visit, kept)
    filled = dict(chosen.asked) if chosen is not None else given(visit)
    wanted = asked(visit, filled)
    async with visit.reading() as tx:
        found = await queries.page(tx, seals, by, wanted)
        recent = Asked(state=State.WAITING, first=visit.hub.clock.now() - ASKED_FOR, person=by.name)
        waiting = await queries.page(tx, seals, by, recent, MOST_ASKED_FOR)
    await _looked(visit, wanted, filled)
    filled.pop("before", None)
    return await visit.show(
        "incidents.html",
        lines=[line(visit, one, found.safety) for one in found.incidents],
        asked=filled,
        after=place_after(found.after),
        todo=await todo.waiting(visit),
        waiting=[(one.id, line(visit, one, found.safety)) for one in waiting.incidents],
        narrow=bool(filled),
        cut=found.cut,
        kind_words=list(words.kinds(visit.texts).items()),
        outcomes=list(words.outcomes(visit.texts).items()),
        states=list(words.states(visit.texts).items()),
        unit_choices=[(one.id, one.name) for one in visit.site.units.values() if access.may_see_unit(by, one.id)],
        person_choices=_people(visit, found.safety),
        views=[(one.id, one.name, one.shared, words.who(visit.site, one.owner)) for one in kept],
        view=chosen,
        shares=rights.leads_here(by),
    )


def _chosen(visit: Visit, kept: Sequence[View]) -> View | None:
    """The search that the address names; it is gone if it is nobody's or somebody else's."""
    which = visit.request.query_params.get("view")
    if which is None or visit.entry:
        return None
    found = next((one for one in kept if one.id == which), None)
    if found is None:
        raise NotFound("There is no such search here.")
    return found


def _people(visit: Visit, safety: frozenset[str]) -> list[tuple[str, str]]:
    """Whom somebody may search for: themselves, or everybody where they read everybody's records."""
    if not rights.reads_all_here(visit.by, safety):
        return [(visit.by.name, words.who(visit.site, visit.by.name))]
    return [(one.id, one.name) for one in sorted(visit.site.people.values(), key=lambda one: danish(one.name))]


async def _looked(visit: Visit, wanted: Asked, filled: Mapping[str, str]) -> None:
    """Writes down that somebody searched, and for what."""
    if wanted != Asked():
        facts = {name: text for name, text in filled.items() if name != "q"}
        await visit.hub.incidents.looked(visit.by, "incident_searched", "incidents", facts, wanted.words)


def line(visit: Visit, one: Incident, safety: frozenset[str]) -> Line:
    """An incident on the list; its kinds only before those who may read them."""
    texts = visit.texts
    unit, place = words.unit_name(visit.site, one.unit), words.place_name(visit.site, one.place)
    outcome = words.outcomes(texts)[one.outcome.value] if one.outcome is not None else ""
    kinds = words.kinds(texts)
    open_book = rights.may_read(visit.by, Paper.WORK, one, safety)
    cells = (
        visit.local(one.happened_at),
        unit,
        place,
        outcome,
        ", ".join(kinds[kind.value] for kind in one.kinds) if open_book else NO_READING,
        words.states(texts)[one.state.value],
    )
    return Line(cells, f"{LIST}/{one.id}", one.state.value)


async def _taken_along(visit: Visit) -> Listing:
    """The whole list without anything that people wrote; that somebody took it along stands in the journal."""
    say, filled = visit.texts, given(visit)
    wanted = replace(asked(visit, filled), before=None)
    found: list[Incident] = []
    async with visit.reading() as tx:
        more = Found((), None, frozenset())
        while len(found) < MOST_IN_FILE:
            more = await queries.page(tx, visit.hub.incidents.seals, visit.by, wanted, AT_ONCE_IN_FILE)
            found += more.incidents
            if more.after is None:
                break
            wanted = replace(wanted, before=more.after)
    await _looked(visit, replace(wanted, before=None), filled)
    await visit.hub.desk.exported(visit.by.institution, visit.by, "incidents")
    heads = (say("When"), say("Unit"), say("Place"), say("Outcome"), say("Kind"), say("State"))
    lines = await to_thread(lambda: [line(visit, one, more.safety) for one in found])
    return Listing(LIST, heads, lines, len(lines))


async def _file(visit: Visit, make: Callable[[Listing, str], Response]) -> Response:
    return await to_thread(make, await _taken_along(visit), "incidents")


async def keep_view(visit: Visit) -> str:
    """Keeps what was searched for under a name."""
    entry, hub = visit.entry, visit.hub
    name = entry.needed("view_name", say("Write what the search is to be called."), LONGEST_NAME)
    entry.refuse_if_faulty()
    filled = {one: text for one, text in given(visit).items() if one in NARROWING}
    keep = partial(views.keep, seals=hub.incidents.seals, name=name, asked=filled, shared=bool(entry.raw("share")))
    which = await hub.incidents.does(visit.token, visit.by.institution, keep)
    return f"{LIST}?view={which}&done=1"


async def remove_view(visit: Visit) -> str:
    work = partial(views.remove, seals=visit.hub.incidents.seals, which=visit.which)
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}?done=1"


def manages_with_password(by: Principal) -> bool:
    return access.leads(by) and by.session is not None


def incident_list_routes(pages: Pages) -> list[BaseRoute]:
    """The routes of the list, of its files, and of the searches that are kept."""
    desks, may = Desks(pages), rights.may_enter
    files: list[BaseRoute] = []
    for ending, make in (("csv", spreadsheet), ("xlsx", workbook)):
        taken = partial(_file, make=make)
        files += [
            desks.page(f"{LIST}.{ending}", taken, manages_with_password),
            desks.look(f"{LIST}.{ending}", taken, manages_with_password),
        ]
    return [
        desks.page(LIST, page, may),
        desks.look(LIST, page, may),
        *files,
        desks.form(VIEWS, keep_view, page, may),
        desks.form(f"{VIEWS}/{{id}}/remove", remove_view, page, may),
    ]
