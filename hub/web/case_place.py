"""The page where a leader says which case of which citizen an incident belongs to."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import gathering, placestore, placing, registerstore
from hub.cases.case import Case
from hub.cases.practice import OF_PAPER, Practice
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.paper import Paper
from hub.people.faults import NotYours, say
from hub.web import incident_words, practice_words
from hub.web.admin import Desks, Visit
from hub.web.case_list import line
from hub.web.lists import danish
from hub.web.pages import Pages
from hub.web.practice_keys import keys

PATH = "/cases/{id}/place"


async def page(visit: Visit) -> Response:
    """Whom it is about, which of their cases the practice would write it on, and what waits for that."""
    found, of = await _incident(visit), visit.by.institution
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        basis = await gathering.basis(tx, visit.site)
        facts = await gathering.facts_of(tx, seal, visit.site, found)
        said = await placestore.places(tx, of, visit.which)
        whom = await _whom(visit, tx, seal)
        can = await placing.offered(tx, seal, visit.by, basis, facts, whom)
        waiting = [one for one in await registerstore.of_incident(tx, seal, of, visit.which) if one.waits]
    practice = basis.practice(facts, Paper.CASE)
    mine = [one for one in waiting if OF_PAPER[one.sort] is Paper.CASE]
    chosen = visit.entry.raw("case") or visit.request.query_params.get("case", "") or (said[-1].case if said else "")
    return await visit.show(
        "case_place.html",
        incident=visit.which,
        title=" · ".join([visit.local(found.happened_at), incident_words.unit_name(visit.site, found.unit)]),
        asks=_asks(visit, practice),
        since=visit.local(min((one.since for one in mine), default=None)),
        citizens=sorted(((one.id, one.name) for one in can.citizens), key=lambda pair: danish(pair[1])),
        whom=whom or "",
        cases=[_case(visit, one) for one in can.cases],
        chosen=chosen or "",
        said=[(visit.local(one.at), incident_words.who(visit.site, one.by)) for one in reversed(said)],
        area=practice_words.areas(visit.texts)[basis.area_of(Paper.CASE)],
    )


async def _whom(visit: Visit, tx: Any, seal: Any) -> str | None:
    """The citizen that the page is about: looked up, chosen, said before, or the only one that it names."""
    cpr = visit.entry.raw("cpr").strip()
    if cpr:
        found = await placing.by_number(tx, seal, visit.by, cpr)
        if found is None:
            visit.entry.wrong("cpr", say("Nobody of yours has this number: see that it is right, or add them first."))
        return found
    chosen = visit.entry.raw("citizen") or visit.request.query_params.get("citizen", "")
    return chosen or await placestore.citizen(tx, visit.by.institution, visit.which)


def _asks(visit: Visit, practice: Practice) -> list[tuple[str, str, str]]:
    """What the municipality's practice says of incidents and cases, with what follows from it."""
    wanted = {"case_model", "record_as", "case_link", "when_missing"}
    return [
        (key.label, *next(one for one in key.choices if one[0] == getattr(practice, key.name))[1:])
        for key in keys(visit.texts)
        if key.name in wanted
    ]


def _case(visit: Visit, one: Case) -> dict[str, Any]:
    shown = line(visit, one)
    parts = [shown["number"], *shown["elsewhere"], shown["area"], f"{shown['far']} {shown['since']}"]
    return {"id": one.id, "title": shown["title"], "detail": " · ".join(part for part in parts if part)}


async def _incident(visit: Visit) -> Incident:
    async with visit.reading() as tx:
        found = await incidents.find(tx, visit.by.institution, visit.which)
    if found is None or not rights.may_know(visit.by, found):
        raise NotFound("No such incident here.")
    if not placing.may_place(visit.by, found):
        raise NotYours(say("This is for the unit's leader: ask one of them."))
    return found


async def look_up(visit: Visit) -> Response:
    """The same page for the citizen who has the number that was typed; that it was looked up is written down."""
    answer = await page(visit)
    if visit.entry.raw("cpr").strip():
        found = {"found": int("cpr" not in visit.entry.faults)}
        await visit.hub.citizens.looked(visit.by, "citizens_looked_up", None, found)
    return answer


async def choose(visit: Visit) -> str:
    hub = visit.hub
    await visit.change(
        lambda change: placing.place(change, hub.incidents.seals, visit.entry, hub.cases, visit.which),
        rights.leads_here,
    )
    return f"/cases/{visit.which}?done=1"


def place_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who lead."""
    desks = Desks(pages)
    return [
        desks.page(PATH, page, rights.leads_here),
        desks.look(f"{PATH}/citizen", look_up, rights.leads_here),
        desks.form(PATH, choose, page, rights.leads_here),
    ]
