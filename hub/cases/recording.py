"""What an incident becomes in the municipality's case systems: its facts and the practice in, records out. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.cases.practice import (
    FACET,
    NUMBERS,
    OF_PAPER,
    Area,
    CaseLink,
    CaseModel,
    CloseOn,
    CrossKle,
    KleBy,
    Missing,
    Party,
    Practice,
    Sort,
    Target,
    Visibility,
)
from hub.incidents.paper import Fact, Kind, Paper
from hub.kle.kle import Kle, Level, Resolved, Retention, resolve, spanning
from hub.ports import CaseParty, CaseRecord, CaseStep, Classed, Form, Progress

Say = Callable[..., str]
_SPACE = UUID("5b0f4d0e-6f0c-5a8e-9d57-3c2f1a7be0d1")
LONGEST_TITLE, LONGEST_NOTE = 255, 4000


class Waits(StrEnum):
    """Why a record is not sent yet."""

    FOR_CASE = "case"
    FOR_PARTY = "party"


@dataclass(frozen=True, slots=True)
class Tag:
    """A number that somebody gave a record, and from when on."""

    sort: Sort
    kle: str
    since: datetime
    facet: str = FACET


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What the hub knows of an incident, and no more than a case system could be told."""

    id: str
    institution: str
    municipality: str
    house: str
    unit: str | None
    unit_name: str
    zone: ZoneInfo
    happened_at: datetime
    opened_at: datetime
    noted_at: datetime | None = None
    signed_at: datetime | None = None
    done_at: datetime | None = None
    service_ended_at: datetime | None = None
    kinds: Collection[Kind] = ()
    facts: Collection[Fact] = ()
    papers: Collection[Paper] = (Paper.WORK,)
    """Those that anything is written in, and the employee's always."""
    summaries: Mapping[Paper, str] = field(default_factory=dict, repr=False)
    tags: tuple[Tag, ...] = ()
    cases: Mapping[Area, str] = field(default_factory=dict)
    """The cases that it is known to belong to."""
    resident: CaseParty | None = None
    employee: CaseParty | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that is recorded, and sent."""

    sort: Sort
    area: Area
    target: Target
    out: CaseRecord
    number: Resolved
    waits: Waits | None = None
    retention: Retention | None = None


def sorts(facts: IncidentFacts, paper: Paper) -> tuple[Sort, ...]:
    """What there is to record of a paper; the first is the one that it is mostly about."""
    if paper not in facts.papers:
        return ()
    if paper is Paper.WORK:
        near = set(facts.kinds) == {Kind.NEAR_MISS}
        accident = bool({Fact.ABSENCE, Fact.CLAIM} & set(facts.facts))
        return (Sort.NEAR_MISS if near else Sort.VIOLENCE, *((Sort.ACCIDENT,) if accident else ()))
    adult = bool({Fact.ADULT_FORBIDDEN, Fact.ADULT_PERMITTED} & set(facts.facts))
    child = Fact.CHILD in facts.facts
    if adult and child:
        return (Sort.FORCE,)
    return (Sort.FORCE_ADULT,) if adult else (Sort.FORCE_CHILD,) if child else (Sort.NOTE,)


def recorded(
    facts: IncidentFacts, paper: Paper, area: Area, practice: Practice, kle: Kle, facets: Kle, say: Say
) -> tuple[Record, ...]:
    """The records of one of an incident's papers, by the practice of the area that it belongs to."""
    found = sorts(facts, paper)
    if not found:
        return ()
    groups = [(one,) for one in found] if practice.cross_kle is CrossKle.SPLIT else [found]
    return tuple(_record(facts, group, area, practice, kle, facets, say) for group in groups)


def _record(
    facts: IncidentFacts,
    about: tuple[Sort, ...],
    area: Area,
    practice: Practice,
    kle: Kle,
    facets: Kle,
    say: Say,
) -> Record:
    sort, day = about[0], facts.happened_at.astimezone(facts.zone).date()
    wanted = [_number(facts, one, practice) for one in about]
    asked = spanning(wanted) if practice.cross_kle is CrossKle.UMBRELLA else wanted[0]
    level = Level.SUBJECT if asked == practice.default_kle and asked not in NUMBERS.values() else practice.kle_level
    number = resolve(kle, asked, level, day, practice.common_kle)
    form, case, waits = _place(facts, area, practice)
    party, lacks = _party(facts, sort, practice)
    facet = next((one.facet for one in reversed(facts.tags) if one.sort is sort), FACET)
    editions = kle if practice.retention_edition is None else kle.only(practice.retention_edition)
    kept = editions.retention(number.number, day)
    others = [] if practice.cross_kle is CrossKle.UMBRELLA else [one for one in wanted[1:] if one != number.number]
    out = CaseRecord(
        id=_uuid(facts, sort),
        number=f"TH-{day:%Y}-{facts.id.replace('-', '')[-12:]}-{list(Sort).index(sort) + 1}",
        authority=facts.municipality,
        authority_name=facts.house,
        unit=f"urn:oio:tryghedshub:enhed:{facts.institution}:{facts.unit or 'hele'}",
        unit_name=facts.unit_name,
        form=form,
        kle=Classed(number.number, number.title, number.uuid),
        facet=Classed(facet, facets.title(facet), facets.uuid(facet)),
        title=_title(sort, say)[:LONGEST_TITLE],
        note=_note(facts, about, practice, say)[:LONGEST_NOTE],
        steps=_steps(facts, practice),
        status=_status(facts, practice, say),
        sensitivity=practice.sensitivity_map[sort],
        happened_at=facts.happened_at,
        registered_at=facts.opened_at,
        hidden=_hidden(sort, practice),
        party=party,
        case=case,
        keep=kept.keep.value if kept is not None else None,
        related=tuple(Classed(one, kle.title(one), kle.uuid(one)) for one in others),
    )
    return Record(sort, area, practice.target, out, number, waits or lacks, kept)


def _number(facts: IncidentFacts, sort: Sort, practice: Practice) -> str:
    """The number that somebody gave it, else its own once the practice asks for it, else the default."""
    given = [one for one in facts.tags if one.sort is sort]
    if given:
        return given[-1].kle
    reached = {
        KleBy.INTAKE: True,
        KleBy.TRIAGE: facts.noted_at is not None,
        KleBy.CLOSE: facts.signed_at is not None,
    }
    return NUMBERS[sort] if reached[practice.kle_required_by] else practice.default_kle


def names_case(practice: Practice) -> bool:
    """Whether what is recorded ever says which case it belongs to."""
    return practice.case_link is not CaseLink.NEVER and practice.record_as not in {Form.NO_CASE, Form.OWN_CASE}


def _place(facts: IncidentFacts, area: Area, practice: Practice) -> tuple[Form, str | None, Waits | None]:
    """What the record is, which case it names, and whether it must wait for one."""
    form = practice.record_as
    if not names_case(practice):
        return form, None, None
    case = long_case(facts, area, practice.case_model)
    if case is not None or practice.case_link is CaseLink.OPTIONAL:
        return (form if case is not None or form is Form.ON_LONG_CASE else Form.OWN_CASE), case, None
    match practice.when_missing:
        case Missing.HOLD:
            return form, None, Waits.FOR_CASE
        case Missing.CREATE:
            return Form.OWN_CASE, None, None
        case Missing.SEND:
            return (form if form is Form.ON_LONG_CASE else Form.OWN_CASE), None, None


def long_case(facts: IncidentFacts, area: Area, model: CaseModel) -> str | None:
    """The case that a municipality of this model would write it on, of those that are known."""
    if area is Area.WORK or model in {CaseModel.ONE_LONG_AREA, CaseModel.PER_AREA, CaseModel.SINGLE}:
        return facts.cases.get(area)
    shared = {
        CaseModel.ONE_LONG_CITIZEN: (area, Area.CARE, Area.ADULTS, Area.YOUNG),
        CaseModel.COMBINED: (area, *((Area.CARE, Area.ADULTS) if area is not Area.YOUNG else ())),
    }
    return next((facts.cases[one] for one in shared[model] if one in facts.cases), None)


def _party(facts: IncidentFacts, sort: Sort, practice: Practice) -> tuple[CaseParty | None, Waits | None]:
    match practice.party_policy[sort]:
        case Party.NONE:
            return None, None
        case Party.RESIDENT:
            # Only a note in the resident's own case is of nobody without the resident.
            lacks = facts.resident is None and OF_PAPER[sort] is Paper.CASE
            return facts.resident, Waits.FOR_PARTY if lacks else None
        case Party.EMPLOYEE:
            return facts.employee, None


def _hidden(sort: Sort, practice: Practice) -> bool:
    match practice.citizen_visibility:
        case Visibility.SHOWN:
            return False
        case Visibility.HIDDEN:
            return True
        case Visibility.BY_SORT:
            return sort not in practice.shown


def _steps(facts: IncidentFacts, practice: Practice) -> tuple[CaseStep, ...]:
    """How far it has come; a case that is closed only when the service ends is not closed by a signature."""
    closed = {
        CloseOn.DECISION: facts.signed_at,
        CloseOn.FOLLOW_UP: facts.done_at,
        CloseOn.SERVICE_END: facts.service_ended_at,
        CloseOn.NEVER: None,
    }[practice.close_on]
    known = ((Progress.INFORMED, facts.noted_at), (Progress.DECIDED, facts.signed_at), (Progress.CLOSED, closed))
    steps = [CaseStep(Progress.ARISEN, facts.happened_at)]
    for progress, at in known:
        if at is not None:
            steps.append(CaseStep(progress, max(at, steps[-1].since)))
    return tuple(steps)


def _status(facts: IncidentFacts, practice: Practice, say: Say) -> str:
    if facts.signed_at is None:
        return say("Being written") if facts.noted_at is not None else say("Waiting for the first note")
    if facts.done_at is None:
        if practice.close_on is CloseOn.DECISION:
            return say("Closed by decision; follow-up goes on")
        return say("Decided; follow-up goes on")
    return say("Followed up")


def _title(sort: Sort, say: Say) -> str:
    """What the public may read: neither what happened, nor to whom."""
    return say("Work environment matter") if OF_PAPER[sort] is Paper.WORK else say("Note in the case")


def sort_words(say: Say) -> dict[Sort, str]:
    return {
        Sort.VIOLENCE: say("Violence, threat or harassment against staff"),
        Sort.ACCIDENT: say("Accident at work"),
        Sort.NEAR_MISS: say("Near miss"),
        Sort.FORCE_ADULT: say("Use of force on an adult"),
        Sort.FORCE_CHILD: say("Use of force on a child or young person"),
        Sort.FORCE: say("Use of force"),
        Sort.NOTE: say("Note in the resident's case"),
    }


def _note(facts: IncidentFacts, about: tuple[Sort, ...], practice: Practice, say: Say) -> str:
    """What is told, as much of it as the practice lets out to that receiver."""
    detail = practice.detail_overview if practice.target is Target.SF1470 else practice.detail_level
    lines = [say("Recorded in Tryghedshub, incident {id}.", id=facts.id)]
    if detail >= 1:
        names = sort_words(say)
        when = facts.happened_at.astimezone(facts.zone)
        lines.append(f"{', '.join(names[one] for one in about)}, {when:%d-%m-%Y %H:%M}, {facts.unit_name}.")
    if detail >= 2:
        lines.append(facts.summaries.get(OF_PAPER[about[0]], ""))
    return "\r\n".join(line for line in lines if line)


def _uuid(facts: IncidentFacts, sort: Sort) -> str:
    """The same for the same record, however often it is made: nothing is sent twice under two names."""
    name = f"{facts.institution}/{facts.id}/{OF_PAPER[sort].value}/{sort.value}"
    return str(UUID(bytes=sha1(_SPACE.bytes + name.encode(), usedforsecurity=False).digest()[:16], version=5))
