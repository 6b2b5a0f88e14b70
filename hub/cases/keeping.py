"""What the register keeps beside an incident's records: the cases that they are, and who is reminded of them."""

from datetime import datetime

from hub.cases import casestore, placestore, registerstore, reminding
from hub.cases.case import Case, Fact, What, differing, more
from hub.cases.practice import OF_PAPER, Sort
from hub.cases.register import Entry
from hub.incidents import store as incidents
from hub.incidents.paper import Paper
from hub.incidents.sealing import Seal
from hub.people.site import Site
from hub.ports import Form, Progress
from hub.storage.database import Transaction

OWN = frozenset({Form.OWN_CASE, Form.UNDER_CASE})


# What the journal says where a record is another than it was.
MOVED = frozenset({"case_recorded", "case_answered", "case_placed", "case_sent_again"})


async def follow(tx: Transaction, seal: Seal, site: Site, of: str, incident: str, now: datetime) -> None:
    """Lets an incident's cases say what its records do now, and reminds of those that are in no case system yet."""
    found = await incidents.find(tx, of, incident)
    if found is None:
        return
    entries = await registerstore.of_incident(tx, seal, of, incident)
    for entry in entries:
        await _follow(tx, seal, entry, found.unit, now)
    await reminding.follow(tx, site, found, entries, now)


async def forget(tx: Transaction, seal: Seal, of: str, incident: str, sort: Sort, now: datetime) -> None:
    """Deletes what is kept of one sort of record, when the time of the paper that it is of is over."""
    for which in await registerstore.forget(tx, of, incident, sort):
        await drop(tx, seal, of, which, now)
    await casestore.forget_documents(tx, of, incident, sort.value)
    if OF_PAPER[sort] is Paper.CASE:
        await placestore.forget(tx, of, incident)


async def drop(tx: Transaction, seal: Seal, of: str, which: str, now: datetime) -> None:
    """Deletes a case; those that point at it do so no more, and that they did is known."""
    for other in await casestore.naming(tx, seal, of, What.CASE, which):
        case = await casestore.find(tx, seal, of, other.id)
        for fact in case.standing(What.CASE) if case is not None else ():
            if case is not None and fact.about == which:
                case = await _add(tx, seal, case, What.OVER, str(fact.number), now, now)
    await casestore.drop(tx, of, which)


async def _follow(tx: Transaction, seal: Seal, entry: Entry, unit: str | None, now: datetime) -> None:
    """The case that a record is says what the record does; what it said before stays known."""
    of, out = entry.institution, entry.record
    case = await casestore.find(tx, seal, of, out.id)
    if case is None and out.form in OWN:
        case = Case(of, out.id, out.number, entry.area, unit, entry.incident)
        await casestore.open_case(tx, case, out.happened_at)
        case = await _add(tx, seal, case, What.TITLE, "", out.happened_at, now, out.title)
    if case is None:
        return
    for what, about, since in differing(case, await _says(tx, entry, case, now), now):
        case = await _add(tx, seal, case, what, about, since, now)


async def _says(tx: Transaction, entry: Entry, case: Case, now: datetime) -> dict[What, list[tuple[str, datetime]]]:
    out, first = entry.record, entry.record.happened_at
    steps = [(one.progress.value, one.since) for one in out.steps]
    if out.form not in OWN and all(one.progress is not Progress.CLOSED for one in out.steps):
        # It became a note on another case after all: that one goes on, and this is over.
        steps.append((Progress.CLOSED.value, case.closed_at or now))
    about = await placestore.citizen(tx, entry.institution, entry.incident) if out.party is not None else None
    own = about if OF_PAPER[entry.sort] is Paper.CASE else None
    return {
        What.STATE: steps,
        What.CLASSED: [(f"{out.kle.number} {out.facet.number}", now if case.now(What.CLASSED) else first)],
        What.CASE: [(out.case, first)] if out.case is not None else [],
        What.CITIZEN: [(own, now if case.citizen else first)] if own is not None else [],
    }


async def _add(
    tx: Transaction, seal: Seal, case: Case, what: What, about: str, since: datetime, now: datetime, words: str = ""
) -> Case:
    after = more(case, Fact(0, what, since, None, now, about, words))
    await casestore.add(tx, seal, after)
    return after
