"""What a case system could be told of an incident, read out of its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.cases import casestore, placestore, practicestore
from hub.cases.case import Case
from hub.cases.practice import Area, Dated, Practice, in_force
from hub.cases.recording import IncidentFacts, Record, Say, recorded
from hub.citizens import store as citizens
from hub.citizens.number import Sort as Numbered
from hub.citizens.sealing import Seals as CitizenSeals
from hub.incidents import store, taskstore
from hub.incidents.followup import RECORDS, Task
from hub.incidents.incident import Incident, Part, State
from hub.incidents.paper import FIRST, QUESTIONS, Paper, Said, facts_in, standing
from hub.incidents.sealing import Seal
from hub.kle import klestore
from hub.kle.kle import Kle, Plan
from hub.people.site import Site
from hub.ports import EMPLOYEE, CaseParty
from hub.storage.database import Reader

SUMMED_UP_BY = {Paper.WORK: FIRST, Paper.CASE: "course"}
DEFAULT = Practice()


@dataclass(frozen=True, slots=True)
class Basis:
    """What a municipality's records are made by."""

    kle: Kle
    facets: Kle
    versions: tuple[Dated, ...]
    area: Area
    """The area of the institution's residents."""

    def area_of(self, paper: Paper) -> Area:
        return Area.WORK if paper is Paper.WORK else self.area

    def practice(self, one: IncidentFacts, paper: Paper) -> Practice:
        """The practice that held when the incident was recorded: a change never reaches back."""
        return in_force(self.versions, self.area_of(paper), one.opened_at) or DEFAULT

    def records(self, one: IncidentFacts, say: Say) -> tuple[Record, ...]:
        """All that an incident becomes, each of its papers by its own area."""
        return tuple(
            record
            for paper in Paper
            for record in recorded(
                one, paper, self.area_of(paper), self.practice(one, paper), self.kle, self.facets, say
            )
        )


async def basis(tx: Reader, site: Site) -> Basis:
    """What is in force for a site's municipality, and was."""
    house = site.institution
    return Basis(
        await klestore.kle(tx),
        await klestore.kle(tx, Plan.FACETS),
        await practicestore.versions(tx, house.municipality),
        await practicestore.area(tx, house.id),
    )


async def facts_of(tx: Reader, seal: Seal, site: Site, one: Incident) -> IncidentFacts:
    """The facts of one incident, with the words that a summary would be made of."""
    said = await store.said(tx, seal, one.institution, one.id)
    # What only waits for the case system is nothing that is left to do for anybody.
    tasks = [task for task in await taskstore.tasks(tx, one.institution, one.id) if not task.what.startswith(RECORDS)]
    case = await _case(tx, seal, one)
    house, unit = site.institution, site.units.get(one.unit or "")
    signed = max((one.at for one in one.signatures.values()), default=None) if one.state is State.SIGNED else None
    return IncidentFacts(
        id=one.id,
        institution=house.id,
        municipality=house.municipality,
        house=house.name,
        unit=one.unit,
        unit_name=unit.name if unit is not None else house.name,
        zone=ZoneInfo(house.timezone),
        happened_at=one.happened_at,
        opened_at=one.opened_at,
        noted_at=min((one.at for one in said), default=None),
        signed_at=signed,
        done_at=max([signed, *_ends(tasks)]) if signed is not None and not any(task.open for task in tasks) else None,
        kinds=one.kinds,
        facts=facts_in(said),
        papers=frozenset({Paper.WORK} | {answer.paper for answer in said}),
        summaries={paper: _summary(said, paper) for paper in Paper},
        tags=await practicestore.tags(tx, one.institution, one.id),
        service_ended_at=case.closed_at if case is not None else None,
        cases={case.area: case.id} if case is not None else {},
        resident=await _resident(tx, seal, one),
        employee=_employee(site, one),
    )


async def _case(tx: Reader, seal: Seal, one: Incident) -> Case | None:
    which = await placestore.case(tx, one.institution, one.id)
    return await casestore.find(tx, seal, one.institution, which) if which is not None else None


async def _resident(tx: Reader, seal: Seal, one: Incident) -> CaseParty | None:
    """Whom the incident is about, by the newest number that they have."""
    which = await placestore.citizen(tx, one.institution, one.id)
    own = await CitizenSeals(seal.vault).to_read(tx, one.institution)
    found = await citizens.find(tx, own, which) if which is not None else None
    if found is None:
        return None
    number = next((number.text for number in reversed(found.numbers) if number.sort is Numbered.CPR), None)
    # A replacement number is known to whoever gave it; the shared URN is of the civil register's own.
    return CaseParty(f"urn:oio:cpr-nr:{number}" if number else f"urn:oio:tryghedshub:borger:{found.id}", found.name)


def _employee(site: Site, one: Incident) -> CaseParty | None:
    """To whom it happened, where the house still knows them."""
    own = [who for who, part in one.people.items() if part is Part.OWN and who in site.people]
    person = site.people[own[0]] if own else None
    return CaseParty(f"{EMPLOYEE}{person.id}", person.name) if person is not None else None


def _ends(tasks: Sequence[Task]) -> list[datetime]:
    return [task.closed_at for task in tasks if task.closed_at is not None]


def _summary(said: Sequence[Said], paper: Paper) -> str:
    question = next(one for one in QUESTIONS if (one.paper, one.name) == (paper, SUMMED_UP_BY[paper]))
    return "\r\n".join(one.now.value for one in standing(said, question) if one.now.value)
