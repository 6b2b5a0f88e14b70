"""What goes and comes by mailbox: where our addresses lead, and what a standard makes of a document. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from hub.errors import HubError, Invalid
from hub.messaging.conversation import Address, Kind
from hub.messaging.outside import Way
from hub.people.site import Role, Site
from hub.ports import Attached, CaseParty, Correspondent, Letter

LONGEST_NAME = 120
# From so few nobody can tell how often something comes; and a quiet night is none.
LEAST_KNOWN, LEAST_SILENCE, TIMES_LONGER = 10, timedelta(hours=12), 2
WAYS = (Way.MEDCOM, Way.POST)
_SUBJECT = re.compile(r"\d\d\.\d\d\.\d\d", re.ASCII)


class Unreadable(HubError):
    """The document is nothing that anybody could be answered about; its text names the field and the mend."""

    status = 422
    code = "unreadable"
    title = "The document cannot be read"


@dataclass(frozen=True, slots=True)
class Place:
    """An address of ours that other houses write to, and who in the house has what comes there."""

    institution: str
    id: str
    way: Way
    number: str
    """MedCom's location number, or for Digital Post the CVR number."""
    name: str
    to: Address
    sor: str = ""
    phone: str = ""
    """Where whoever wrote can be called: MedCom's messages carry it."""
    kle: str = ""
    kle_label: str = ""
    kle_version: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_NAME:
            raise Invalid("name: write what the place is called, as others know it")
        digits = 13 if self.way is Way.MEDCOM else 8
        if not (self.number.isascii() and self.number.isdecimal() and len(self.number) == digits):
            raise Invalid(f"number: write {digits} digits")
        if self.way is Way.MEDCOM and not (self.sor.isascii() and self.sor.isdecimal() and 6 <= len(self.sor) <= 20):
            raise Invalid("sor: write the SOR number, digits only")
        if self.way is Way.MEDCOM and not any(sign.isdecimal() for sign in self.phone):
            raise Invalid("phone: write where the place can be called")
        if (self.kle or self.kle_label) and not (_SUBJECT.fullmatch(self.kle) and self.kle_label):
            raise Invalid("kle: write a subject of six digits, and what it is called")
        if self.to.kind is Kind.OUTSIDE:
            raise Invalid("to: name a person or a unit of the house")


@dataclass(frozen=True, slots=True)
class Written:
    """A message of ours in the words of a standard."""

    header: str
    """What its receiver will call it."""
    thread: str
    document: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that came before, and what was answered."""

    bundle: str
    header: str
    code: str
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What another house says of a message of ours."""

    header: str
    code: str
    issues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A document from a mailbox, so far as one must know it to find out what came before."""

    header: str
    bundle: str
    number: str
    """The address of ours that it is for."""
    frm: Correspondent
    answer: Answer | None = None
    keys: tuple[str, ...] = ()
    """Messages, threads and places of ours that it names."""
    subject: str = ""
    inside: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """One turn of a thread: who said what, and when."""

    id: str
    at: datetime
    text: str = field(repr=False)
    signed: str = field(repr=False)
    attachments: tuple[Attached, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is put into the mailbox about a document that came."""

    key: str
    to: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Came:
    """What follows from a document: what is shown, what is answered and what is remembered."""

    told: tuple[Told, ...] = ()
    """Empty if it came before, or does not hold."""
    thread: str = ""
    title: str = field(default="", repr=False)
    citizen: CaseParty | None = None
    reply: Reply | None = None
    remember: Seen | None = None
    document: bytes = field(default=b"", repr=False)
    faults: tuple[str, ...] = ()
    urgent: bool = False


class Standard(Protocol):
    """How other houses write: each message as they want it, and what theirs say. Pure, and slow enough for a thread."""

    @property
    def way(self) -> Way: ...

    @property
    def acknowledges(self) -> bool:
        """Whether every message is answered by its receiver's system, and goes again until it is."""
        ...

    def write(self, letter: Letter, place: Place, before: bytes | None, now: datetime) -> Written:
        """The letter as a document; `before` is the newest of its thread. Raises Never with every fault."""
        ...

    def envelope(self, document: bytes, place: Place, to: Correspondent, key: str, at: datetime) -> bytes:
        """The document as it is laid into the mailbox: the same for the same key and time."""
        ...

    def notice(self, letter: Letter, place: Place, key: str) -> bytes | None:
        """What goes beside it, under an id of its own, so that it is looked at; nothing in most standards."""
        ...

    def forwarded(self, letter: Letter, place: Place, what: bytes, now: datetime) -> Written:
        """The letter with what somebody else wrote before, as a thread of its own. Raises Never with every fault."""
        ...

    def open(self, content: bytes) -> Opened:
        """A document from the mailbox. Raises Unreadable."""
        ...

    def judge(self, opened: Opened, same_bundle: Seen | None, same_header: Seen | None, now: datetime) -> Came:
        """What follows from it, by what came before under its ids."""
        ...

    def refuse(self, opened: Opened, why: str, now: datetime) -> Came:
        """What follows from one that nobody here can have."""
        ...

    def not_now(self, opened: Opened, why: str, now: datetime) -> Reply | None:
        """What is said of one that cannot be taken at the moment; nothing where the standard has no word for it."""
        ...


def place_for(places: Sequence[Place], opened: Opened, known: Mapping[str, str]) -> Place | None:
    """Which of our places a document is for: what it answers, the place that it names, its number, and its subject."""
    by_id = {one.id: one for one in places}
    for key in opened.keys:
        if (found := by_id.get(known.get(key, key))) is not None:
            return found
    there = [one for one in places if one.number == opened.number]
    for length in (8, 5, 2):
        subject = opened.subject[:length]
        if subject and (found := next((one for one in there if one.kle[:length] == subject), None)) is not None:
            return found
    return there[0] if there else None


def silence(times: Sequence[datetime], now: datetime) -> timedelta | None:
    """For how long nothing has come, where that is far longer than it ever was lately; the times newest first."""
    if len(times) < LEAST_KNOWN:
        return None
    longest = max(later - earlier for later, earlier in pairwise(times))
    since = now - times[0]
    return since if since > max(LEAST_SILENCE, TIMES_LONGER * longest) else None


def desk(site: Site) -> tuple[Address, ...]:
    """Who gets what nobody else is set up for: the managers, or else the administrators."""
    for role in (Role.MANAGER, Role.ADMIN):
        found = tuple(Address(Kind.PERSON, one.id) for one in site.people.values() if one.role is role)
        if found:
            return found
    return ()


def receivers(site: Site, place: Place | None) -> tuple[Address, ...]:
    """Who in the house has what comes to a place; the desk where that is nobody any more."""
    if place is not None and place.to.who in (site.people if place.to.kind is Kind.PERSON else site.units):
        return (place.to,)
    return desk(site)


def own_thread(thread: str) -> str | None:
    """A thread's id as that of a conversation, if it can be one."""
    try:
        return str(UUID(thread))
    except ValueError:
        return None


def derived(*of: str) -> str:
    """An id that is the same for the same things, of the version that the standards want."""
    return str(UUID(bytes=sha256("/".join(of).encode()).digest()[:16], version=4))
