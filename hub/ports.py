"""What the hub asks of the world outside, as small interfaces that `integrations` fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from hub.errors import HubError


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said to one recipient over an outside channel: no citizen's data, ever."""

    id: str
    """The same at every retry, so that a service that knows idempotency sends it once."""
    title: str
    text: str
    tag: str
    """The alarm: a newer notice with the same tag replaces the older on the recipient's screen."""
    url: str | None = None
    expires_in: int = 3600
    """Seconds after which it is of no use any more."""
    drill: bool = False
    quiet: bool = False
    """Whether the screen that the recipient looks at is to shake and shine rather than sound."""
    reply: str | None = None
    """What the recipient's own device may answer with, where the channel is sealed from everyone else."""
    answers: tuple[tuple[str, str], ...] = ()
    """What one tap can say, where the channel has buttons: the protocol's word, and the words on the button."""
    unsent: str | None = None
    """What the device says when it could not deliver such an answer."""


class NotNow(HubError):
    """The service could not take it this time; it may the next."""

    status = 503
    code = "not_now"
    title = "The channel did not take it"

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Never(HubError):
    """The service refuses this address or this notice for good: the next channel must do."""

    status = 502
    code = "never"
    title = "The channel refuses it for good"


class Channel(Protocol):
    """One way out of the house. `send` returns when the service has taken the notice, which is not yet being heard."""

    @property
    def name(self) -> str:
        """As the rules name it: push, sms, voice, email, teams or webhook."""
        ...

    async def send(self, notice: Notice, address: str) -> str | None:
        """Hands the notice over for `address`; the service's own reference, if it gives one. Raises NotNow or Never."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One shift, or one absence, as an outside roster tells it: in that roster's own words, not yet understood."""

    place: str
    """Where it stands, for the one who mends it: `shifts.csv:12`."""
    person: str
    unit: str
    starts: datetime | str
    """A text is a local time, as people write them."""
    ends: datetime | str
    duty: str = ""
    role: str = ""
    id: str | None = None
    email: str = ""
    """Another name for the person, where the roster knows it."""
    absent: str = ""
    """Why they are away, if this is an absence and no shift."""
    by_the_clock: bool = False
    """Whether both times are of one date, so that an end before the beginning is on the next day."""


@dataclass(frozen=True, slots=True)
class RosterTold:
    """All that an outside roster says at one look."""

    rows: Sequence[RosterRow]
    problems: Sequence[str] = ()
    """What could not be read, each with its place and the mend: then none of it is taken."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """What this roster itself calls the fields of a row."""
    gone: Sequence[str] = ()
    """The ids of what it says is no more."""
    whole: tuple[datetime, datetime] | None = None
    """Between which moments it names all that begins, if it says so."""
    only_changes: bool = False
    """Whether it names what has changed only."""
    passed_over: int = 0
    """Entries that are no shift of anybody, such as a vacant one."""
    digest: str | None = None
    """A sum of what was read: the same again need not be looked at."""


class RosterSource(Protocol):
    """A roster outside that the hub looks at by itself."""

    async def look(self, first: datetime, end: datetime, digest: str | None) -> RosterTold | None:
        """What it says of the time between the two; None if that is what it said at `digest`.

        Raises NotNow or Never if it does not answer.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OutsidePerson:
    """One employment as an outside system tells it."""

    place: str
    id: str
    name: str
    unit: str
    leads: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class OutsideUnit:
    """One unit of an outside system, and the one that it belongs to."""

    id: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class PeopleTold:
    """Whom an outside system knows, in which of its units."""

    people: Sequence[OutsidePerson]
    units: Mapping[str, OutsideUnit]
    gone: Sequence[str] = ()
    """The ids of those who, it says, have left."""
    problems: Sequence[str] = ()


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


@dataclass(frozen=True, slots=True)
class CaseParty:
    """Whom a case is about."""

    urn: str = field(repr=False)
    name: str = field(repr=False)


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


class CaseSystem(Protocol):
    """A case system outside. The same record of the same version handed over again is there once."""

    async def take(self, record: CaseRecord, version: int) -> Handed:
        """Hands the record over; raises NotNow where it may be taken later, Never where it never will be."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """One document that lies in a mailbox of ours, under the mailbox's own name for it."""

    name: str
    content: bytes = field(repr=False)
    """Empty where it cannot be read at all, such as one that is too large."""


class Mailbox(Protocol):
    """A box outside where documents from other houses lie until they are settled, and ours are handed over."""

    async def put(self, key: str, content: bytes) -> None:
        """Hands a document over; the same key again is the same document. Raises NotNow or Never."""
        ...

    async def waiting(self, most: int) -> Sequence[Waiting]:
        """What lies there, the oldest first; it stays until it is settled. Raises NotNow or Never."""
        ...

    async def settle(self, name: str, *, taken: bool) -> None:
        """Takes one out, as taken or as refused; one that is out already changes nothing. Raises NotNow or Never."""
        ...

    async def close(self) -> None: ...
