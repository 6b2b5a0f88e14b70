"""Which case of which citizen an incident belongs to: said by those who see to what follows, and never on the floor."""

from dataclasses import dataclass, replace

from hub.cases import casestore, gathering, placestore
from hub.cases.case import Case, What, may_see
from hub.cases.gathering import Basis
from hub.cases.handover import HandOver
from hub.cases.placestore import Place
from hub.cases.recording import IncidentFacts, long_case, names_case
from hub.citizens import citizen as rights_to
from hub.citizens import store as citizens
from hub.citizens.citizen import Citizen
from hub.citizens.number import read_number
from hub.citizens.sealing import Seals as CitizenSeals
from hub.errors import NotFound
from hub.incidents import rights
from hub.incidents import store as incidents
from hub.incidents.incident import Incident, State
from hub.incidents.paper import Paper
from hub.incidents.sealing import Seal, Seals
from hub.incidents.tasks import subject
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import NotYours, say
from hub.storage import journal
from hub.storage.database import Reader


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be said of an incident: whom it is about, and which of their cases it belongs to."""

    citizens: tuple[Citizen, ...]
    cases: tuple[Case, ...]
    """Those that the municipality's practice would write it on."""


def may_place(by: Principal, one: Incident) -> bool:
    """The unit's leaders: it is they who see to what follows."""
    return rights.leads_here(by) and rights.may_read(by, Paper.CASE, one, ())


async def offered(
    tx: Reader, seal: Seal, by: Principal, basis: Basis, facts: IncidentFacts, whom: str | None
) -> Offered:
    """The citizens whom somebody may name, and the cases of the one who is chosen."""
    known = await citizens.everybody(tx, await CitizenSeals(seal.vault).to_read(tx, by.institution))
    readable = tuple(one for one in known if rights_to.may_read(by, one))
    if whom not in {one.id for one in readable}:
        return Offered(readable, ())
    theirs = await casestore.naming(tx, seal, by.institution, What.CITIZEN, whom or "")
    return Offered(readable, tuple(one for one in theirs if may_see(by, one) and fits(basis, facts, one)))


def fits(basis: Basis, facts: IncidentFacts, case: Case) -> bool:
    """Whether the practice that holds for the incident would write it on this case."""
    practice, area = basis.practice(facts, Paper.CASE), basis.area_of(Paper.CASE)
    if case.incident is not None or case.closed_at is not None or not names_case(practice):
        return False
    return long_case(replace(facts, cases={case.area: case.id}), area, practice.case_model) == case.id


async def by_number(tx: Reader, seal: Seal, by: Principal, written: str) -> str | None:
    """The citizen who has this number, if whoever asks may know of them."""
    number = read_number(written)
    own = await CitizenSeals(seal.vault).to_read(tx, by.institution)
    which = await citizens.by_number(tx, own, number) if number is not None else None
    found = await citizens.find(tx, own, which) if which is not None else None
    return found.id if found is not None and rights_to.may_read(by, found) else None


async def place(change: Change, seals: Seals, form: Entry, way: HandOver, which: str) -> None:
    """Says whom an incident is about and which case it belongs to; what waited for it goes on its way."""
    found = await incidents.find(change.tx, change.of, which)
    if found is None or not rights.may_know(change.by, found):
        raise NotFound("No such incident here.")
    if not may_place(change.by, found):
        raise NotYours(say("This is for the unit's leader: ask one of them."))
    seal, whom = await seals.to_read(change.tx), form.raw("citizen")
    basis = await gathering.basis(change.tx, change.site)
    facts = await gathering.facts_of(change.tx, seal, change.site, found)
    can = await offered(change.tx, seal, change.by, basis, facts, whom)
    citizen = form.one_of("citizen", [one.id for one in can.citizens])
    if citizen is None:
        form.wrong("citizen", say("Choose whom it is about."))
    case = form.one_of("case", [one.id for one in can.cases])
    form.refuse_if_faulty()
    await placestore.say(change.tx, change.of, which, Place(citizen, case, change.by.name, change.now))
    await citizens.link(change.tx, change.of, which, citizen or "")
    told = {"citizen": citizen, "case": case}
    await journal.append(change.tx, change.of, change.now, "case_chosen", subject(which), change.by.name, told)
    await way.record(change.tx, change.of, which, change.by.name, signed=found.state is State.SIGNED)
