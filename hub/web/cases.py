"""The pages of cases: what waits for the case system, what became of a record, and what an incident becomes there."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import (
    actions,
    casestore,
    desk,
    gathering,
    placestore,
    placing,
    practicestore,
    registerstore,
    sendingstore,
)
from hub.cases.case import What
from hub.cases.gathering import Basis
from hub.cases.practice import FACET, OF_PAPER
from hub.cases.recording import Record, sort_words
from hub.cases.register import Entry
from hub.cases.sendingstore import Underway
from hub.errors import NotFound
from hub.incidents import queries, rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident
from hub.incidents.paper import Paper
from hub.incidents.queries import Seen
from hub.incidents.sealing import Seal
from hub.incidents.tasks import subject
from hub.kle.kle import Doubt
from hub.storage import journal
from hub.storage.database import Reader
from hub.web import case_papers, incident_print
from hub.web import case_words as words
from hub.web.admin import Desks, Visit
from hub.web.case_papers import may_enter
from hub.web.case_states import Kind, is_ours, kind_of, state_of, why
from hub.web.incident_words import who
from hub.web.pages import Pages
from hub.web.practice import read_facts, shown
from hub.web.practice_keys import keys

PATH = "/cases"
MOST = 200


async def waiting(visit: Visit) -> Response:
    """What waits, what was refused, and what is in the case system: of papers that whoever asks may read."""
    say = visit.texts
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        found = await registerstore.listed(tx, seal, visit.by.institution, MOST)
        safety = await incidents.safety(tx, visit.by.institution)
        of = {one.incident: await incidents.find(tx, visit.by.institution, one.incident) for one in found}
        cases = await _cases(visit, tx, seal, found)
        ways = await sendingstore.under_way(tx, visit.by.institution, [one.record.id for one in found if one.open])
    mine = [
        one
        for one in found
        if (incident := of[one.incident]) is not None
        and rights.may_read(visit.by, OF_PAPER[one.sort], incident, safety)
    ]
    groups = {
        Kind.DESK: say("Somebody must see to these"),
        Kind.UNKNOWN: say("Waiting for somebody to say whose case it is"),
        Kind.COPY: say("To be copied by a person"),
        Kind.SYSTEM: say("Waiting for the case system"),
        Kind.DONE: say("In the case system"),
    }
    told = [
        (
            kind.value,
            name,
            [_entry(visit, one, cases, ways.get(one.record.id)) for one in mine if kind_of(visit, one) is kind],
        )
        for kind, name in groups.items()
    ]
    return await visit.show("case_queue.html", groups=told)


async def _cases(visit: Visit, tx: Reader, seal: Seal, entries: Sequence[Entry]) -> dict[str, str]:
    """What the cases are called that records belong to: where they are held, for whoever copies."""
    say, found = visit.texts, {}
    for which in dict.fromkeys(one.record.case for one in entries if one.open and one.record.case is not None):
        case = await casestore.find(tx, seal, visit.by.institution, which)
        if case is not None:
            held = [words.elsewhere(fact, say) for fact in case.standing(What.ELSEWHERE)]
            found[which] = " · ".join([*held, case.number, case.title])
    return found


def _entry(visit: Visit, one: Entry, cases: Mapping[str, str], way: Underway | None) -> dict[str, Any]:
    say, out, kind = visit.texts, one.record, kind_of(visit, one)
    targets = {str(value): label for key in keys(say) if key.name == "target" for value, label, _ in key.choices}
    return {
        "id": out.id,
        "incident": one.incident,
        "number": out.number,
        "version": one.version,
        "what": sort_words(say)[one.sort],
        "kle": f"{out.kle.number} {out.facet.number} {out.kle.title}".strip(),
        "title": out.title,
        "note": out.note,
        "case": cases.get(out.case or "", out.case or ""),
        "party": out.party.name if out.party is not None else "",
        "target": targets[one.target.value],
        "kind": kind.value,
        "state": state_of(visit, one),
        "why": why(visit, one, way),
        "reason": one.reason,
        "ours": is_ours(one),
        "open": kind is not Kind.DONE,
        "unknown": kind is Kind.UNKNOWN and OF_PAPER[one.sort] is Paper.CASE,
        "sends": visit.hub.cases.ways.of_entry(one) is not None,
    }


async def record_page(visit: Visit) -> Response:
    """Each version of a record that was to be sent, and what was answered when."""
    say, of = visit.texts, visit.by.institution
    targets = {str(value): label for key in keys(say) if key.name == "target" for value, label, _ in key.choices}
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        entry = await registerstore.find(tx, seal, of, visit.which)
        found = await incidents.find(tx, of, entry.incident) if entry is not None else None
        safety = await incidents.safety(tx, of)
        if entry is None or found is None or not rights.may_read(visit.by, OF_PAPER[entry.sort], found, safety):
            raise NotFound("No such record here.")
        sent = await registerstore.versions(tx, seal, entry)
        rows = await journal.about(tx, of, subject(entry.incident))
        ways = await sendingstore.under_way(tx, of, [visit.which])
        papers = [one for one in await casestore.documents(tx, of, entry.incident) if one.record == visit.which]
    facts = {"papers": [OF_PAPER[entry.sort].value]}
    await visit.hub.incidents.looked(visit.by, "incident_read", subject(entry.incident), facts)
    named = words.papers(say)
    return await visit.show(
        "case_record.html",
        one=_entry(visit, entry, {}, ways.get(visit.which)),
        versions=[
            {
                "version": one.version,
                "replaced": one.version != entry.version,
                "target": targets[one.target.value],
                "kle": f"{one.record.kle.number} {one.record.facet.number}",
                "note": one.record.note,
                "reason": one.reason,
                "rows": [_row(visit, row) for row in rows if _about(row, visit.which, one.version)],
            }
            for one in reversed(sent)
        ],
        papers=[(one.id, named.get(one.what, one.what), visit.local(one.at)) for one in papers],
    )


def _about(row: journal.Entry, which: str, version: int) -> bool:
    return row.facts.get("record") == which and row.facts.get("version") == version


def _row(visit: Visit, row: journal.Entry) -> str:
    say, answer = visit.texts, row.facts.get("answer")
    told = {
        "case_recorded": say("It was recorded for the case system."),
        "case_answered": say("The case system answered: {answer}", answer=answer),
        "case_placed": say("{name} copied a record into the case system.", name=_name(visit, row)),
        "case_sent_again": say("{name} sent a record to the case system again.", name=_name(visit, row)),
    }
    return f"{visit.local(row.at)} · {told.get(row.event, row.event)}"


def _name(visit: Visit, row: journal.Entry) -> str:
    return who(visit.site, row.actor) if row.actor is not None else ""


async def page(visit: Visit) -> Response:
    seen, say = await _seen(visit), visit.texts
    facts = await read_facts(visit, seen.incident, seen.readable)
    async with visit.reading() as tx:
        found = await gathering.basis(tx, visit.site)
        tags = await practicestore.tags(tx, visit.by.institution, visit.which)
        papers = await casestore.documents(tx, visit.by.institution, visit.which)
        known = {one.record.id for one in await _entries(visit, tx)}
        case = await placestore.case(tx, visit.by.institution, visit.which)
    mine = [one for one in found.records(facts, say) if OF_PAPER[one.sort] in seen.readable]
    names, reports = sort_words(say), incident_print.offered(visit, seen)
    named = words.papers(say)
    return await visit.show(
        "cases.html",
        incident=visit.which,
        title=_title(visit, seen.incident),
        records=[
            shown(visit, one, found)
            | {
                "proposals": _proposals(one, found),
                "record": one.out.id if one.out.id in known else "",
                "offered": case_papers.offered(visit, one, reports),
                "papers": [
                    (paper.id, named.get(paper.what, paper.what), visit.local(paper.at))
                    for paper in papers
                    if paper.record == one.out.id
                ],
            }
            for one in mine
        ],
        may_place=placing.may_place(visit.by, seen.incident),
        case=case if rights.leads_here(visit.by) else None,
        sorts=[(one.sort.value, names[one.sort]) for one in mine],
        facet=FACET,
        tags=[
            (names[one.sort], f"{one.kle} {one.facet}", found.kle.title(one.kle), visit.local(one.since))
            for one in reversed(tags)
            if OF_PAPER[one.sort] in seen.readable
        ],
    )


async def _entries(visit: Visit, tx: Any) -> list[Entry]:
    seal = await visit.hub.incidents.seals.to_read(tx)
    return await registerstore.of_incident(tx, seal, visit.by.institution, visit.which)


def _proposals(one: Record, found: Basis) -> list[tuple[str, str]]:
    """What may be taken instead of a number that was not in use any more."""
    if one.number.doubt not in {Doubt.RETIRED, Doubt.UNKNOWN}:
        return []
    return [(number, found.kle.title(number)) for number in one.number.proposals]


async def _seen(visit: Visit) -> Seen:
    async with visit.reading() as tx:
        return await queries.one(tx, visit.hub.incidents.seals, visit.by, visit.which)


def _title(visit: Visit, one: Incident) -> str:
    unit = visit.site.units.get(one.unit or "")
    return " · ".join(part for part in (visit.local(one.happened_at), unit.name if unit is not None else "") if part)


async def retag(visit: Visit) -> str:
    await visit.change(lambda change: actions.retag(change, visit.entry, visit.which), may_enter)
    return f"{PATH}/{visit.which}?done=1"


async def record(visit: Visit) -> str:
    await visit.change(lambda change: desk.record(change, visit.hub.cases, visit.which), may_enter)
    return f"{PATH}/{visit.which}?done=1"


async def placed(visit: Visit) -> str:
    seals = visit.hub.incidents.seals
    await visit.change(lambda change: desk.place(change, seals, visit.entry, visit.which))
    return f"{PATH}?done=1"


async def again(visit: Visit) -> str:
    hub = visit.hub
    await visit.change(lambda change: desk.again(change, hub.incidents.seals, hub.cases, visit.which))
    return f"{PATH}?done=1"


def case_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who may read the incident."""
    desks = Desks(pages)
    here = f"{PATH}/{{id}}"
    entry = f"{PATH}/records/{{id}}"
    return [
        desks.page(PATH, waiting),
        desks.page(entry, record_page),
        desks.form(f"{entry}/placed", placed, waiting),
        desks.form(f"{entry}/again", again, waiting),
        desks.page(f"{PATH}/documents/{{id}}", case_papers.take, may_enter),
        desks.page(here, page, may_enter),
        desks.form(f"{here}/number", retag, page, may_enter),
        desks.form(f"{here}/record", record, page, may_enter),
        desks.form(f"{here}/papers", case_papers.lay, page, may_enter),
    ]
