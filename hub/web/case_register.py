"""The pages of the hub's own cases: one case with all that is so of it, and a new one."""

from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import BaseRoute

from hub.cases import casestore, casework, placestore, registerstore
from hub.cases.case import ORDER, Case, Fact, What, may_see, subject
from hub.cases.ending import ending
from hub.cases.practice import FACET, OF_PAPER
from hub.cases.recording import sort_words
from hub.cases.register import Entry
from hub.citizens import citizen as rights_to
from hub.citizens import store as citizens
from hub.citizens.citizen import Citizen
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.retaining import book_of
from hub.incidents.retention import Keep, RetentionBook
from hub.incidents.sealing import Seal
from hub.kle.kle import Kle, Level, resolve
from hub.kle.klestore import kle
from hub.people.access import may_see_unit
from hub.storage.database import Reader
from hub.web import case_words as words
from hub.web import practice_words
from hub.web.admin import Desks, Visit
from hub.web.case_list import PATH, line
from hub.web.case_states import state_of
from hub.web.incident_words import who
from hub.web.kle import doubt_words
from hub.web.pages import Pages


async def new(visit: Visit) -> Response:
    """A case to be opened, of a citizen and for an incident where one comes from there."""
    say, query = visit.texts, visit.request.query_params
    whom = visit.entry.raw("citizen") or query.get("citizen", "")
    async with visit.reading() as tx:
        known = await _citizen(visit, tx, whom)
    return await visit.show(
        "case_new.html",
        citizen=known,
        incident=visit.entry.raw("incident") or query.get("incident", ""),
        areas=[(area.value, name) for area, name in practice_words.areas(say).items()],
        led=[(one.id, one.name) for one in visit.site.units.values() if may_see_unit(visit.by, one.id)],
        unit=known.unit if known is not None else "",
        whole_house=not visit.by.units,
        facet=FACET,
    )


async def _citizen(visit: Visit, tx: Reader, which: str) -> Citizen | None:
    """A citizen whom whoever asks may know of."""
    seal = await visit.hub.citizens.seals.to_read(tx, visit.by.institution)
    found = await citizens.find(tx, seal, which) if which else None
    return found if found is not None and rights_to.may_read(visit.by, found) else None


async def open_case(visit: Visit) -> str:
    whom, incident = visit.entry.raw("citizen"), visit.entry.raw("incident")
    async with visit.reading() as tx:
        known = await _citizen(visit, tx, whom)
    if whom and known is None:
        raise NotFound("No such citizen here.")
    seals = visit.hub.incidents.seals
    which = await visit.change(
        lambda change: casework.open_case(change, seals, visit.entry, known.id if known is not None else None),
        rights.leads_here,
    )
    if incident.isascii() and incident.replace("-", "").isalnum():
        return f"/cases/{incident}/place?citizen={whom}&case={which}"
    return f"{PATH}/{which}?done=1"


async def one(visit: Visit) -> Response:
    """A case whole; that it was read is written down first."""
    say, of = visit.texts, visit.by.institution
    async with visit.reading() as tx:
        seal = await visit.hub.incidents.seals.to_read(tx)
        case = await casestore.find(tx, seal, of, visit.which)
        if case is None or not may_see(visit.by, case):
            raise NotFound("No such case here.")
        others = await casestore.some(tx, seal, of, [one.about for one in case.facts if one.what is What.CASE])
        pointing = await casestore.naming(tx, seal, of, What.CASE, case.id)
        entries = await _entries(visit, tx, seal, case)
        papers = {entry.incident: await casestore.documents(tx, of, entry.incident) for entry in entries}
        book = await book_of(tx, of)
        known, citizen = await kle(tx), await _citizen(visit, tx, case.citizen or "")
        theirs = await _theirs(visit, tx)
    await visit.hub.incidents.looked(visit.by, "case_read", subject(case.id), {})
    seen = [one for one in (*others, *pointing) if may_see(visit.by, one)]
    named = {one.id: say("A case that is not yours to see") for one in others}
    named |= {one.id: f"{one.number} {one.title}" for one in seen}
    return await visit.show(
        "case_one.html",
        case=line(visit, case),
        incident=case.incident,
        citizen=citizen,
        hidden=case.citizen is not None and citizen is None,
        kle=_number(visit, case, known),
        standing=[(what, name, _said_of(visit, case, what, named)) for what, name in words.whats(say).items()],
        steps=[_step(visit, fact) for fact in case.standing(What.STATE)],
        ahead=[(one.value, words.progresses(say)[one.value]) for one in ORDER if _ahead(case, one.value)],
        related=[(other.id, named[other.id]) for other in pointing if other in seen],
        records=[_record(visit, entry, papers[entry.incident]) for entry in entries],
        history=[_history(visit, case, fact, named) for fact in reversed(case.facts)],
        citizens=theirs,
        facet=case.kle[1] or FACET,
        kept=_kept(visit, case, book),
    )


def _kept(visit: Visit, case: Case, book: RetentionBook) -> str:
    """How long it is kept, and until when."""
    say = visit.texts
    if case.incident is not None:
        return say("As long as its incident's paper")
    found = ending(case, book, ZoneInfo(visit.site.institution.timezone))
    if found is None:
        return say("No edition says how long it is kept.")
    archive = say("Kept by the public archive") if found.period.keep is Keep.ARCHIVE else say("May be discarded")
    if found.ends is None:
        days, edition = found.period.days, found.period.edition
        return say(
            "{then}; deleted here {n} days after its case is closed (edition of {day}).",
            then=archive,
            n=days,
            day=edition,
        )
    return say("{then}; deleted here from {day} on, unless it is held.", then=archive, day=found.ends)


def _ahead(case: Case, value: str) -> bool:
    return not case.steps or [one.value for one in ORDER].index(value) > ORDER.index(case.progress)


async def _entries(visit: Visit, tx: Reader, seal: Seal, case: Case) -> list[Entry]:
    """The records that are this case, or are written on it: of papers that whoever asks may read."""
    of = visit.by.institution
    safety = await incidents.safety(tx, of)
    which = [case.incident] if case.incident is not None else await placestore.on(tx, of, case.id)
    found = []
    for incident in which:
        known = await incidents.find(tx, of, incident)
        for entry in await registerstore.of_incident(tx, seal, of, incident):
            here = case.id in (entry.record.id, entry.record.case)
            if here and known is not None and rights.may_read(visit.by, OF_PAPER[entry.sort], known, safety):
                found.append(entry)
    return sorted(found, key=lambda one: one.record.happened_at)


async def _theirs(visit: Visit, tx: Reader) -> list[tuple[str, str]]:
    seal = await visit.hub.citizens.seals.to_read(tx, visit.by.institution)
    known = await citizens.everybody(tx, seal)
    return [(one.id, one.name) for one in known if rights_to.may_read(visit.by, one)]


def _number(visit: Visit, case: Case, known: Kle) -> dict[str, Any]:
    """Its number, and what to take instead where that was not in use any more."""
    number, facet = case.kle
    since = case.now(What.CLASSED)
    if since is None:
        return {"text": "", "doubt": "", "proposals": []}
    on = since.since.astimezone(ZoneInfo(visit.site.institution.timezone)).date()
    found = resolve(known, number, Level.SUBJECT, max(on, visit.hub.clock.now().date()))
    return {
        "text": f"{number} {facet} {known.title(number)}".strip(),
        "doubt": doubt_words(found, known, visit.texts),
        "proposals": [(one, known.title(one)) for one in found.proposals],
    }


def _said_of(visit: Visit, case: Case, what: What, named: dict[str, str]) -> list[tuple[int, str, str]]:
    """What is so of one kind: the number of each fact, what it says, and since when."""
    if what in {What.STATE, What.CLASSED, What.CITIZEN, What.TITLE, What.OVER}:
        return []
    return [(fact.number, _text(visit, case, fact, named), visit.local(fact.since)) for fact in case.standing(what)]


def _text(visit: Visit, case: Case, fact: Fact, named: dict[str, str]) -> str:
    say = visit.texts
    match fact.what:
        case What.CASE:
            return named.get(fact.about, say("A case that was deleted"))
        case What.CITIZEN:
            return say("A citizen")
        case What.OVER:
            over = next(one for one in case.facts if one.number == int(fact.about))
            return f"{words.whats(say)[over.what]}: {_text(visit, case, over, named)}"
    return words.said(fact, say)


def _step(visit: Visit, fact: Fact) -> dict[str, Any]:
    by = _by(visit, fact)
    named = words.progresses(visit.texts)[fact.about]
    return {"number": fact.number, "name": named, "since": visit.local(fact.since), "by": by}


def _history(visit: Visit, case: Case, fact: Fact, named: dict[str, str]) -> dict[str, str]:
    return {
        "what": words.whats(visit.texts)[fact.what],
        "text": _text(visit, case, fact, named),
        "since": visit.local(fact.since),
        "at": visit.local(fact.at),
        "by": _by(visit, fact),
    }


def _by(visit: Visit, fact: Fact) -> str:
    say = visit.texts
    return who(visit.site, fact.by) if fact.by is not None else say("The hub")


def _record(visit: Visit, entry: Entry, papers: list[casestore.Document]) -> dict[str, Any]:
    named = words.papers(visit.texts)
    return {
        "id": entry.record.id,
        "incident": entry.incident,
        "what": sort_words(visit.texts)[entry.sort],
        "when": visit.local(entry.record.happened_at),
        "state": state_of(visit, entry),
        "note": entry.record.note,
        "papers": [
            (one.id, named.get(one.what, one.what), visit.local(one.at))
            for one in papers
            if one.record == entry.record.id
        ],
    }


async def add(visit: Visit) -> str:
    hub = visit.hub
    await visit.change(
        lambda change: casework.add(change, hub.incidents.seals, visit.entry, hub.cases, visit.which),
        rights.leads_here,
    )
    return f"{PATH}/{visit.which}?done=1"


async def end(visit: Visit) -> str:
    hub, number = visit.hub, visit.number
    await visit.change(
        lambda change: casework.end(change, hub.incidents.seals, hub.cases, visit.which, number),
        rights.leads_here,
    )
    return f"{PATH}/{visit.which}?done=1"


def register_routes(pages: Pages) -> list[BaseRoute]:
    """The routes, for those who lead."""
    desks = Desks(pages)
    here = f"{PATH}/{{id}}"
    return [
        desks.form(PATH, open_case, new, rights.leads_here),
        desks.page(f"{PATH}/new", new, rights.leads_here),
        desks.page(here, one, rights.leads_here),
        desks.form(f"{here}/facts", add, one, rights.leads_here),
        desks.form(f"{here}/facts/{{number}}/end", end, one, rights.leads_here),
    ]
