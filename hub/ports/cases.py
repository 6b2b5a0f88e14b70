"""What the hub asks of a case system, and what it is told."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Protocol
from uuid import UUID, uuid5


class Progress(StrEnum):
    """How far a case has come, in the words that all case systems share."""

    ARISEN = "Opstaaet"
    INFORMED = "Oplyst"
    DECIDED = "Afgjort"
    CLOSED = "Afsluttet"


class Sensitivity(StrEnum):
    """What whoever shows a case to others must know of it."""

    OPEN = "IKKE_FORTROLIGE_DATA"
    CONFIDENTIAL = "FORTROLIGE_PERSONOPLYSNINGER"
    SENSITIVE = "FOELSOMME_PERSONOPLYSNINGER"
    VIP = "VIP_SAGER"


class Form(StrEnum):
    """What a record is in the case system."""

    ON_LONG_CASE = "journal_post_on_long_case"
    OWN_CASE = "own_case"
    UNDER_CASE = "own_case_with_oversag"
    NO_CASE = "journal_post_without_case"


@dataclass(frozen=True, slots=True)
class Classed:
    """A number of a shared classification: KLE's subjects, or its action facets."""

    number: str
    title: str = ""
    uuid: str | None = None


@dataclass(frozen=True, slots=True)
class CaseStep:
    """From when on a case had come so far."""

    progress: Progress
    since: datetime


EMPLOYEE = "urn:oio:tryghedshub:medarbejder:"
"""What begins so names one of the hub's own people, whom no register of the country's knows."""


@dataclass(frozen=True, slots=True)
class CaseParty:
    """Whom a case is about."""

    urn: str = field(repr=False)
    name: str = field(repr=False)

    @property
    def is_employee(self) -> bool:
        return self.urn.startswith(EMPLOYEE)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """What a municipality's case system is told of one incident; only what its own practice lets out."""

    id: str
    """A UUID of the hub's own, the same each time."""
    number: str
    authority: str
    """The municipality's CVR number."""
    authority_name: str
    unit: str
    """Who answers for it: a UUID of the municipality's organisation, or a URN where it has none."""
    unit_name: str
    form: Form
    kle: Classed
    facet: Classed
    title: str
    """Fit for the public."""
    note: str = field(repr=False)
    steps: tuple[CaseStep, ...]
    status: str
    """How far it is, in the municipality's own word."""
    sensitivity: Sensitivity
    happened_at: datetime
    registered_at: datetime
    hidden: bool = True
    """Whether the citizen's own view leaves it out."""
    party: CaseParty | None = None
    case: str | None = None
    """The UUID of the case that it is thought to belong to, or under."""
    keep: str | None = None
    related: tuple[Classed, ...] = ()
    """What else it is about, where one number must stand for it."""

    def __post_init__(self) -> None:
        if not self.steps or self.steps[0].progress is not Progress.ARISEN:
            raise ValueError("a case begins by arising")
        order = [list(Progress).index(one.progress) for one in self.steps]
        if order != sorted(set(order)) or any(a.since > b.since for a, b in pairwise(self.steps)):
            raise ValueError("a case goes one way, and no step of it is before the last")
        if self.form is Form.NO_CASE and self.case is not None:
            raise ValueError("what belongs to no case names none")


class Answer(StrEnum):
    """How far a case system has come with a record; only ACCEPTED means that it is in it."""

    RECEIVED = "MODTAGET"
    DELIVERED = "AFLEVERET"
    ACCEPTED = "ACCEPTERET"
    REFUSED = "AFVIST"
    FAILED = "FEJLET"


@dataclass(frozen=True, slots=True)
class Handed:
    """What a case system said of a record that it was handed."""

    answer: Answer
    system: str
    """What the system is called."""
    reference: str = ""
    """What the record is called there."""
    reason: str = field(default="", repr=False)
    """Why it was refused, in the system's own words, cut short and without what no screen shows."""


def sent_as(record: str, version: int) -> str:
    """The name under which one version of a record is handed over: the same at every attempt."""
    return str(uuid5(UUID(record), str(version)))


class CaseSystem(Protocol):
    """A case system outside. The same record of the same version handed over again is there once."""

    async def take(self, record: CaseRecord, version: int) -> Handed:
        """Hands the record over; raises NotNow where it may be taken later, Never where it never will be."""
        ...

    async def close(self) -> None: ...
