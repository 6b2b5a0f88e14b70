"""A citizen's cases and incidents on one page, for those who lead: what the hub holds, and what others do."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import casestore, registerstore
from hub.cases.case import Case, What, may_see
from hub.cases.practice import OF_PAPER
from hub.cases.recording import sort_words
from hub.cases.register import Entry
from hub.citizens import actions as citizen_actions
from hub.citizens import store as citizens
from hub.citizens.citizen import Citizen, subject
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.paper import Paper
from hub.people.entry import LONGEST_REASON
from hub.people.faults import say
from hub.ports import Answer
from hub.storage.database import Reader
from hub.web import incident_words
from hub.web.admin import Desks, Visit
from hub.web.case_list import line
from hub.web.case_states import state_of
from hub.web.pages import Pages

PATH = "/citizens/{id}/cases"


async def ask(visit: Visit) -> Response:
    """Asks why somebody looks, before anything is shown."""
    return await visit.show("case_overview.html", one=await _citizen(visit), shown=None)


async def show(visit: Visit) -> Response:
    """All that is known of a citizen's matters; that it was looked at, and why, is written down first."""
    found = await _citizen(visit)
    why = visit.entry.needed("why", say("Write why, so that others can understand it afterwards."), LONGEST_REASON)
    if visit.entry.faults:
        return await visit.show("case_overview.html", one=found, shown=None)
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        of = visit.by.institution
        cases = await casestore.naming(tx, seal, of, What.CITIZEN, found.id)
        known = await _incidents(visit, tx, found)
        entries = {
            one.id: [
                entry
                for entry in await registerstore.of_incident(tx, seal, of, one.id)
                # The employee's record of the same event is no matter of the citizen's.
                if OF_PAPER[entry.sort] is Paper.CASE
            ]
            for one in known
        }
    mine = [one for one in cases if may_see(visit.by, one)]
    told = {"cases": len(mine), "incidents": len(known)}
    await visit.hub.incidents.looked(visit.by, "citizen_cases_read", subject(found.id), told, why)
    records = [entry for one in known for entry in entries[one.id]]
    return await visit.show(
        "case_overview.html",
        one=found,
        shown=True,
        cases=[line(visit, one) for one in mine],
        hidden=len(cases) - len(mine),
        elsewhere=_elsewhere(found, mine, records),
        records=[_record(visit, one, mine) for one in records],
        incidents=[_incident(visit, one) for one in known],
    )


async def _citizen(visit: Visit) -> Citizen:
    async with visit.reading() as tx:
        seal = await visit.hub.citizens.seals.to_read(tx, visit.by.institution)
        return await citizen_actions.known(tx, seal, visit.by, visit.which)


async def _incidents(visit: Visit, tx: Reader, found: Citizen) -> list[Incident]:
    """The incidents whose case note is about the citizen, and whoever asks may read; the newest first."""
    of = visit.by.institution
    known = [await incidents.find(tx, of, one) for one in await citizens.incidents(tx, of, found.id)]
    readable = [one for one in known if one is not None and rights.may_read(visit.by, Paper.CASE, one, ())]
    return sorted(readable, key=lambda one: one.happened_at, reverse=True)


def _elsewhere(found: Citizen, cases: Sequence[Case], records: Sequence[Entry]) -> list[tuple[str, str]]:
    """What other systems hold: by the system's name and its number there."""
    told = [(found.card.case_system, found.card.case_number)] if found.card.case_number else []
    for case in cases:
        for fact in case.standing(What.ELSEWHERE):
            system, _, number = fact.words.partition("\n")
            told.append((system, number))
    told += [(one.system, one.reference) for one in records if one.answer is Answer.ACCEPTED]
    return list(dict.fromkeys(told))


def _record(visit: Visit, one: Entry, cases: Sequence[Case]) -> dict[str, str]:
    on = next((case for case in cases if case.id in (one.record.case, one.record.id)), None)
    return {
        "id": one.record.id,
        "what": sort_words(visit.texts)[one.sort],
        "when": visit.local(one.record.happened_at),
        "number": one.record.number,
        "state": state_of(visit, one),
        "case": on.id if on is not None else "",
        "case_title": f"{on.number} {on.title}" if on is not None else "",
    }


def _incident(visit: Visit, one: Incident) -> dict[str, str]:
    states = incident_words.states(visit.texts)
    return {
        "id": one.id,
        "when": visit.local(one.happened_at),
        "unit": incident_words.unit_name(visit.site, one.unit),
        "state": states[one.state.value],
    }


def overview_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who lead."""
    desks = Desks(pages)
    return [desks.page(PATH, ask, rights.leads_here), desks.look(PATH, show, rights.leads_here)]
