"""A conversation: who takes part, from which message on each may read, and who may write. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.people.access import Principal
from hub.people.site import Role, Site

LONGEST = 4_000
LONGEST_TITLE = 120
MOST_PARTIES = 60
# Who lets somebody in that nobody has asked in.
HUB = "hub"
_NO_SUCH = "No such conversation here."
# Six digits that can be a day, and four more. The control digit is not asked for: new numbers have none.
_CPR = re.compile(r"(?<!\d)(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d[ –-]?\d{4}(?!\d)")
_MENTION = "@"


class About(StrEnum):
    """What a conversation is about."""

    NOTHING = "nothing"
    UNIT = "unit"
    INCIDENT = "incident"
    CITIZEN = "citizen"


class Kind(StrEnum):
    """How somebody takes part: by name, as whoever is on duty in a unit, or from outside the house."""

    PERSON = "person"
    DUTY = "duty"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody whom a message is to: a person, whoever is on duty in a unit, or a party outside."""

    kind: Kind
    who: str

    def __post_init__(self) -> None:
        if not self.who:
            raise ValueError("an address names a person, a unit or a party outside")

    @property
    def reader(self) -> str:
        """Under which name it is kept how far they have read; whoever is outside writes under it too."""
        return self.who if self.kind is Kind.PERSON else f"{self.kind.value}:{self.who}"


@dataclass(frozen=True, slots=True)
class Party:
    """One who takes part, and which messages are theirs to read: from the first, up to the last if they have left."""

    number: int
    to: Address
    first: int
    joined_at: datetime
    added_by: str
    last: int | None = None
    left_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.number < 1 or self.first < 1:
            raise ValueError("parties and messages are numbered from 1")
        if (self.last is None) != (self.left_at is None):
            raise ValueError("whoever has left, left at a moment and after a message")

    @property
    def here(self) -> bool:
        return self.left_at is None

    def reads(self, number: int) -> bool:
        return self.first <= number and (self.last is None or number <= self.last)


# Who is on duty in each unit at the moment that is asked about.
Duties = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is now; what is written in it lies beside it."""

    institution: str
    id: str
    opened_by: str
    opened_at: datetime
    about: About = About.NOTHING
    about_id: str | None = None
    parties: tuple[Party, ...] = field(default=(), hash=False)
    last: int = 0
    last_at: datetime | None = None
    version: int = 0
    destroyed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not named_right(self.about, self.about_id):
            raise ValueError("a conversation about a unit or an incident names it, one about nothing does not")

    def shares(self, person: str, duties: Duties) -> tuple[Party, ...]:
        """The parties by which somebody reads: as themselves, once they have left too, and by duty now."""
        return tuple(
            one
            for one in self.parties
            if (
                one.here and person in duties.get(one.to.who, ())
                if one.to.kind is Kind.DUTY
                else one.to.reader == person
            )
        )

    def may_read(self, person: str, number: int, duties: Duties) -> bool:
        return self.destroyed_at is None and any(one.reads(number) for one in self.shares(person, duties))

    def had(self, person: str, number: int) -> bool:
        """Whether whoever has read so far has had this message: those on duty had all, others what was theirs."""
        named = [one for one in self.parties if one.to == Address(Kind.PERSON, person)]
        return not named or any(one.reads(number) for one in named)

    def may_know(self, person: str, duties: Duties) -> bool:
        """That there is such a conversation, and what it is called."""
        return bool(self.shares(person, duties))

    def may_write(self, person: str, duties: Duties) -> bool:
        return self.destroyed_at is None and any(one.here for one in self.shares(person, duties))

    def readers(self, duties: Duties) -> tuple[str, ...]:
        """Everybody in the house who can read what is written now."""
        found: dict[str, None] = {}
        for one in self.parties:
            if one.here and one.to.kind is not Kind.OUTSIDE:
                found |= dict.fromkeys(
                    (one.to.who,) if one.to.kind is Kind.PERSON else sorted(duties.get(one.to.who, ()))
                )
        return tuple(found)

    @property
    def outside(self) -> tuple[Party, ...]:
        """Those outside the house who take part now."""
        return tuple(one for one in self.parties if one.here and one.to.kind is Kind.OUTSIDE)

    def unread(self, person: str, marks: Mapping[str, int], duties: Duties) -> bool:
        """Whether something waits: for them, or for those on duty until one of those has read it."""
        for one in self.shares(person, duties):
            newest = self.last if one.last is None else min(one.last, self.last)
            if newest >= one.first and marks.get(one.to.reader, 0) < newest and marks.get(person, 0) < newest:
                return self.destroyed_at is None
        return False


def named_right(about: About, which: str | None) -> bool:
    """Units and incidents are named; a citizen is where the register has them, and else told of in the sealed head."""
    return about is About.CITIZEN or (which is not None) == (about is not About.NOTHING)


def address_of(reader: str) -> Address:
    """Whose name somebody reads and writes under."""
    kind, _, who = reader.partition(":")
    return Address(Kind(kind), who) if who and kind in (Kind.DUTY, Kind.OUTSIDE) else Address(Kind.PERSON, reader)


def opened(new: Conversation, to: Iterable[Address], site: Site, now: datetime) -> Conversation:
    """A conversation with these in it, and the one who opens it."""
    wanted = dict.fromkeys([address_of(new.opened_by), *to])
    if len(wanted) < 2:
        raise Invalid("to: name at least one other, a person or a unit whose duty it is to")
    return _with(new, wanted, 1, new.opened_by, site, now)


def joined(
    one: Conversation, to: Address, by: str, duties: Duties, site: Site, now: datetime, *, from_beginning: bool
) -> Conversation:
    """Lets somebody in: from now on, or with all that the one who asks them in may read."""
    here = _writing(one, by, duties)
    if any(party.here and party.to == to for party in one.parties):
        return one
    first = min(party.first for party in here) if from_beginning else one.last + 1
    return _with(one, [to], first, by, site, now)


def left(one: Conversation, number: int, by: Principal, duties: Duties, now: datetime) -> Conversation:
    """Ends a party: one's own, or another's by the one who opened the conversation or a leader who is in it."""
    _writing(one, by.name, duties)
    party = next((party for party in one.parties if party.number == number and party.here), None)
    if party is None:
        raise NotFound("party: nobody of this number takes part")
    if party.to != Address(Kind.PERSON, by.name) and by.name != one.opened_by and by.role is not Role.MANAGER:
        raise Forbidden("Only the one who began the conversation, or a manager who is in it, takes others out.")
    return gone(one, party, now)


def gone(one: Conversation, party: Party, now: datetime) -> Conversation:
    """The conversation after somebody has left it."""
    after = replace(party, last=one.last, left_at=now)
    parties = tuple(after if other is party else other for other in one.parties)
    return replace(one, parties=parties, version=one.version + 1)


def written(one: Conversation, by: str, duties: Duties, now: datetime) -> Conversation:
    """The conversation with one message more."""
    _writing(one, by, duties)
    return replace(one, last=one.last + 1, last_at=now, version=one.version + 1)


def called_in(one: Conversation, person: str, number: int, duties: Duties, now: datetime) -> Conversation:
    """Lets somebody read from an urgent message on who is called to it in others' place."""
    if one.may_read(person, number, duties):
        return one
    party = Party(len(one.parties) + 1, Address(Kind.PERSON, person), number, now, HUB)
    return replace(one, parties=(*one.parties, party), version=one.version + 1)


def destroyed(one: Conversation, now: datetime) -> Conversation:
    """Nobody reads it ever again."""
    if one.destroyed_at is not None:
        raise Conflict("This conversation is destroyed already.")
    return replace(one, destroyed_at=now, version=one.version + 1)


def known(one: Conversation | None, person: str, duties: Duties) -> Conversation:
    """The conversation if it is this person's to know of."""
    if one is None or not one.may_know(person, duties):
        raise NotFound(_NO_SUCH)
    return one


def refuse_silent(one: Conversation, by: str, duties: Duties) -> None:
    """Only whoever takes part now has a say in it."""
    _writing(one, by, duties)


def _writing(one: Conversation, by: str, duties: Duties) -> list[Party]:
    known(one, by, duties)
    if not one.may_write(by, duties):
        raise Forbidden("You have left this conversation, or it is destroyed: begin a new one.")
    return [party for party in one.shares(by, duties) if party.here]


def _with(one: Conversation, to: Iterable[Address], first: int, by: str, site: Site, now: datetime) -> Conversation:
    parties = list(one.parties)
    for address in to:
        ids = {Kind.PERSON: site.people, Kind.DUTY: site.units}.get(address.kind)
        if ids is not None and address.who not in ids:
            raise NotFound(f"to: there is no {address.kind} {address.who!r} here")
        parties.append(Party(len(parties) + 1, address, first, now, by))
    if sum(party.here for party in parties) > MOST_PARTIES:
        raise Invalid(f"to: at most {MOST_PARTIES} take part in one conversation")
    return replace(one, parties=tuple(parties), version=one.version + 1)


def looks_like_cpr(text: str) -> bool:
    """Whether a civil registration number seems to stand in a text."""
    return _CPR.search(text) is not None


def mentioned(text: str, site: Site, readers: Collection[str]) -> tuple[str, ...]:
    """Those readers whose name stands after an @; the longest name that fits is meant."""
    people = sorted((site.people[who] for who in readers if who in site.people), key=lambda one: -len(one.name))
    lowered, found = text.casefold(), []
    for person in people:
        for name in (person.name, person.name.split()[0]):
            written = f"{_MENTION}{name.casefold()}"
            at = lowered.find(written)
            if at >= 0 and not lowered[at + len(written) : at + len(written) + 1].isalnum():
                found.append(person.id)
                if name == person.name:
                    lowered = lowered.replace(written, "")
                break
    return tuple(sorted(found))
