"""The basis on which a conversation is shared with somebody outside, and whether a message may leave. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.errors import Conflict, Invalid
from hub.messaging.category import OURS, Category
from hub.messaging.conversation import About, Address, Conversation, Kind, looks_like_cpr
from hub.messaging.message import Message
from hub.messaging.outside import Outside

# The ground that a person gives; every other is a paragraph of a law.
CONSENT = "consent"
LONGEST_COVERS = 300
# What such a conversation holds is about a citizen, so it needs a basis to be shared outside.
NEEDS_BASIS = frozenset({About.CITIZEN, About.INCIDENT})


class Withheld(StrEnum):
    """Why a message does not leave the house."""

    NO_BASIS = "no_basis"
    NOT_YET = "not_yet"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    ENDED = "ended"
    CPR = "cpr"
    DESTROYED = "destroyed"


class Passing(StrEnum):
    """How far a message has come on its way to one outside party."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    WITHHELD = "withheld"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why something about a citizen may be shared: a law's paragraph or a consent, to whom and until when."""

    id: str
    ground: str
    to: tuple[str, ...]
    since: datetime
    until: datetime
    noted_by: str
    noted_at: datetime
    covers: str = field(repr=False)
    given_by: str = field(default="", repr=False)
    """Who gave the consent: the citizen, or whoever decides for them."""
    citizen: str = field(default="", repr=False)
    """The citizen's number as a URN, where a way outside must name them."""
    category: Category = OURS
    """What a thread that begins on it is sorted under, where its receiver's system sorts."""
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None

    def __post_init__(self) -> None:
        if not self.to:
            raise Invalid("to: name the parties outside that it lets in")
        if self.until <= self.since:
            raise Invalid("until: a basis ends after it begins")
        if not self.covers.strip():
            raise Invalid("covers: write what may be shared")
        if (self.ground == CONSENT) != bool(self.given_by.strip()):
            raise Invalid("given_by: a consent says who gave it, and a paragraph has nobody who did")
        if (self.withdrawn_at is None) != (self.withdrawn_by is None):
            raise ValueError("whoever withdraws a basis does it at a moment")

    def holds(self, now: datetime) -> bool:
        return self.withdrawn_at is None and self.since <= now < self.until


@dataclass(frozen=True, slots=True)
class Passage:
    """One message on its way to one outside party, and under which basis it left."""

    conversation: str
    number: int
    outside: str
    state: Passing
    at: datetime
    why: Withheld | None = None
    basis: str | None = None
    reference: str = ""
    detail: str = field(default="", repr=False)
    """What the service said that refused it."""

    @property
    def left(self) -> bool:
        return self.state in (Passing.SENT, Passing.DELIVERED)


def basis_for(bases: Sequence[Basis], outside: str, now: datetime) -> Basis | None:
    """The basis by which something may be shared with somebody now."""
    return next((one for one in bases if outside in one.to and one.holds(now)), None)


def may_leave(
    one: Conversation, to: Outside, message: Message, bases: Sequence[Basis], title: str, now: datetime
) -> Withheld | None:
    """None if a message may be shared with somebody outside at this moment, or why not."""
    parties = [party for party in one.parties if party.to == Address(Kind.OUTSIDE, to.id)]
    if one.destroyed_at is not None:
        return Withheld.DESTROYED
    if not to.there(now):
        return Withheld.ENDED
    if not any(party.here and party.reads(message.number) for party in parties):
        return Withheld.LEFT
    if one.about in NEEDS_BASIS:
        return None if basis_for(bases, to.id, now) else _lacking([b for b in bases if to.id in b.to], now)
    return Withheld.CPR if looks_like_cpr(message.text) or looks_like_cpr(title) else None


def _lacking(theirs: Sequence[Basis], now: datetime) -> Withheld:
    """What is wrong with the newest basis that there is for somebody."""
    if not theirs:
        return Withheld.NO_BASIS
    newest = max(theirs, key=lambda one: one.noted_at)
    if newest.withdrawn_at is not None:
        return Withheld.WITHDRAWN
    return Withheld.NOT_YET if now < newest.since else Withheld.OVER


def withdrawn(one: Basis, by: str, now: datetime) -> Basis:
    """Nothing more is shared on this basis."""
    if one.withdrawn_at is not None:
        raise Conflict("This basis is withdrawn already.")
    return replace(one, withdrawn_at=now, withdrawn_by=by)
