"""What the hub asks of those who carry messages to and from other parties, and of who looks through their files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hub.ports.cases import CaseParty


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


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Somebody outside the house and how they are reached; only what their own way needs is known."""

    id: str
    name: str = field(repr=False)
    role: str
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    gln: str = field(default="", repr=False)
    sor: str = field(default="", repr=False)
    cpr: str = field(default="", repr=False)
    cvr: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a letter."""

    name: str = field(repr=False)
    mime: str
    content: bytes = field(repr=False)
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a conversation on its way to one party outside the house."""

    id: str
    """The message's own id, the same at every attempt."""
    conversation: str
    """The thread: a UUID."""
    number: int
    subject: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    author_name: str = field(repr=False)
    author_role: str
    unit_name: str
    to: Correspondent
    institution: str
    replies_to: str | None = None
    """The id of the newest message before it that came from them, if any did."""
    citizen: CaseParty | None = None
    """Whom it is about: what the house calls them, and their number where the basis for sharing names it."""
    urgent: bool = False
    attachments: tuple[Attached, ...] = ()
    category: str = field(default="", repr=False)
    """What its thread is sorted under at the receiver's, by the code of MedCom's list; an answer keeps its thread's."""


class Carrier(Protocol):
    """A way to parties outside the house. The same letter carried again is there once."""

    async def carry(self, letter: Letter) -> str | None:
        """Hands the letter over; what it is called there, if anything. Raises NotNow or Never."""
        ...

    async def close(self) -> None: ...


class Scanner(Protocol):
    """Looks through a file for viruses before anybody gets it."""

    async def scan(self, content: bytes) -> str | None:
        """What was found in it by its name there; None if nothing was. Raises NotNow or Never if it cannot say."""
        ...
