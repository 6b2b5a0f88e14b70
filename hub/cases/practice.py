"""A municipality's case practice for one area: what it calls a case, and so what an incident becomes there. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from hub.incidents.paper import Paper
from hub.kle.kle import ACROSS, NUMBER, SUBJECT, Level
from hub.ports import Form, Sensitivity


class Area(StrEnum):
    """Where in the municipality a matter belongs; the last is the employer's own, and no citizen's."""

    CARE = "omsorg"
    ADULTS = "voksensocial"
    YOUNG = "boern_og_unge"
    WORK = "arbejdsmiljoe"


class CaseModel(StrEnum):
    ONE_LONG_CITIZEN = "one_long_citizen_case"
    ONE_LONG_AREA = "one_long_area_case"
    PER_AREA = "per_area"
    SINGLE = "single_cases"
    COMBINED = "combined_care_social"


class CloseOn(StrEnum):
    DECISION = "decision"
    FOLLOW_UP = "follow_up_done"
    SERVICE_END = "service_end"
    NEVER = "never"


class KleBy(StrEnum):
    """By when it must be said what a matter is about; until then a default number stands for it."""

    INTAKE = "intake"
    TRIAGE = "triage"
    CLOSE = "close"


class CrossKle(StrEnum):
    """What becomes of a matter of several numbers."""

    SPLIT = "split"
    UMBRELLA = "umbrella"
    PRIMARY = "primary_plus_related"


class CaseLink(StrEnum):
    REQUIRED = "required"
    OPTIONAL = "optional"
    NEVER = "never"


class Missing(StrEnum):
    """What happens where the case is required and nobody knows it."""

    HOLD = "hold"
    SEND = "send_without"
    CREATE = "create"


class Visibility(StrEnum):
    SHOWN = "shown"
    HIDDEN = "hidden"
    BY_SORT = "by_record_type"


class Party(StrEnum):
    NONE = "none"
    RESIDENT = "resident"
    EMPLOYEE = "employee"


class Target(StrEnum):
    SF2900 = "sf2900"
    SF1470 = "sf1470"
    OIO = "oio_rest"
    FILE = "esdh_file"
    MANUAL = "manual_queue"


class Sort(StrEnum):
    """What a record is of; each has a number in KLE."""

    VIOLENCE = "violence"
    ACCIDENT = "accident"
    NEAR_MISS = "near_miss"
    FORCE_ADULT = "restraint_adult"
    FORCE_CHILD = "restraint_child"
    FORCE = "restraint_mixed"
    NOTE = "case_note"


NUMBERS = {
    Sort.VIOLENCE: "87.15.00",
    Sort.ACCIDENT: "81.29.01",
    Sort.NEAR_MISS: "81.29.08",
    Sort.FORCE_ADULT: "27.66.08",
    Sort.FORCE_CHILD: "27.66.04",
    Sort.FORCE: "27.66.00",
    Sort.NOTE: "27.66.00",
}
FACET = "G01"
OF_PAPER = {sort: Paper.WORK if sort in {Sort.VIOLENCE, Sort.ACCIDENT, Sort.NEAR_MISS} else Paper.CASE for sort in Sort}
MOST_DETAIL = 2


def _parties() -> Mapping[Sort, Party]:
    # A staff incident would otherwise surface in the citizen's own overview, as a case about them.
    return {sort: Party.RESIDENT if OF_PAPER[sort] is Paper.CASE else Party.NONE for sort in Sort}


def _sensitivities() -> Mapping[Sort, Sensitivity]:
    return dict.fromkeys(Sort, Sensitivity.SENSITIVE)


class Contradiction(ValueError):
    """Two choices that cannot both hold; `key` is the one to change first."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


@dataclass(frozen=True, slots=True)
class Practice:
    """All that a municipality has decided for an area."""

    case_model: CaseModel = CaseModel.ONE_LONG_CITIZEN
    record_as: Form = Form.ON_LONG_CASE
    close_on: CloseOn = CloseOn.DECISION
    kle_level: Level = Level.SUBJECT
    common_kle: str = ACROSS
    kle_required_by: KleBy = KleBy.INTAKE
    default_kle: str = ACROSS
    cross_kle: CrossKle = CrossKle.SPLIT
    case_link: CaseLink = CaseLink.OPTIONAL
    when_missing: Missing = Missing.SEND
    detail_level: int = 1
    """What the case system is told: 0 a number and a neutral title, 1 also its sort and when, 2 also a summary."""
    detail_overview: int = 0
    """The same for the shared index, and so for the citizen's own view."""
    citizen_visibility: Visibility = Visibility.HIDDEN
    shown: frozenset[Sort] = frozenset()
    party_policy: Mapping[Sort, Party] = field(default_factory=_parties)
    target: Target = Target.MANUAL
    sensitivity_map: Mapping[Sort, Sensitivity] = field(default_factory=_sensitivities)
    retention_edition: date | None = None
    """The edition of KLE that says how long cases are kept; None is that of the day it happened."""

    def __post_init__(self) -> None:
        for key in ("common_kle", "default_kle"):
            number = getattr(self, key)
            if len(number) != SUBJECT or not NUMBER.fullmatch(number):
                raise Contradiction(key, f'"{number}" is no number of six digits, like 00.01.10')
        for key in ("detail_level", "detail_overview"):
            if not 0 <= getattr(self, key) <= MOST_DETAIL:
                raise Contradiction(key, "detail is 0, 1 or 2")
        for key, needed in (("party_policy", Party), ("sensitivity_map", Sensitivity)):
            given: Mapping[Sort, object] = getattr(self, key)
            if set(given) != set(Sort) or not all(value in list(needed) for value in given.values()):
                raise Contradiction(key, f"{key} says it for each sort of record")
        for key, clash, text in _clashes(self):
            if clash:
                raise Contradiction(key, text)


def _clashes(one: Practice) -> Iterator[tuple[str, bool, str]]:
    """Choices that cannot both hold."""
    single, none = one.case_model is CaseModel.SINGLE, one.record_as is Form.NO_CASE
    yield "record_as", single and one.record_as is Form.ON_LONG_CASE, "single cases have no long case to write on"
    yield "case_link", none and one.case_link is CaseLink.REQUIRED, "what belongs to no case cannot require one"
    only_cases = one.target in {Target.SF1470, Target.OIO}
    yield "target", none and only_cases, "that place holds cases only, and this would be none"
    under = one.record_as is Form.UNDER_CASE and one.case_link is CaseLink.NEVER
    yield "case_link", under, "a case under another must name the other"


@dataclass(frozen=True, slots=True)
class Dated:
    """A practice from a moment on."""

    area: Area
    since: datetime
    practice: Practice
    made_by: str
    made_at: datetime
    house: str = ""
    """The institution where it was decided, for all of the municipality's."""


def in_force(versions: tuple[Dated, ...], area: Area, at: datetime) -> Practice | None:
    """What held in an area at a moment: what was recorded before a change stays as it was."""
    found = [one for one in versions if one.area is area and one.since <= at]
    return max(found, key=lambda one: (one.since, one.made_at)).practice if found else None


_LONG = Practice(case_link=CaseLink.OPTIONAL, close_on=CloseOn.SERVICE_END)
PROFILES: Mapping[str, Practice] = {
    "care_long": replace(_LONG, close_on=CloseOn.NEVER),
    "social_long": replace(_LONG, close_on=CloseOn.DECISION),
    "care_and_social": replace(_LONG, case_model=CaseModel.COMBINED, kle_level=Level.COMMON, close_on=CloseOn.NEVER),
    "fs3_long": replace(_LONG, case_model=CaseModel.ONE_LONG_AREA, kle_level=Level.GROUP),
    "per_area": replace(
        _LONG, case_model=CaseModel.PER_AREA, record_as=Form.UNDER_CASE, case_link=CaseLink.REQUIRED,
        when_missing=Missing.CREATE, close_on=CloseOn.FOLLOW_UP,
    ),
    "single": Practice(
        case_model=CaseModel.SINGLE, record_as=Form.OWN_CASE, case_link=CaseLink.NEVER, close_on=CloseOn.DECISION
    ),
    "youth_to_thirty": replace(
        _LONG, kle_level=Level.MAIN_GROUP, kle_required_by=KleBy.CLOSE, cross_kle=CrossKle.UMBRELLA
    ),
}  # fmt: skip
"""The seven models of a case that municipalities were found to have."""
