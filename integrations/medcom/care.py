"""A care communication as the hub sees it: a thread of turns about one citizen, written, answered and sent on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from integrations.medcom import codes as c

LONGEST_NAME = 200
NewId = Callable[[], str]


class Unwritable(ValueError):
    """What cannot become a message; the text names the field and the mend."""


@dataclass(frozen=True, slots=True)
class House:
    """An organisation that messages go to: its numbers in SOR and as a location (GLN)."""

    name: str
    sor: str
    gln: str

    def __post_init__(self) -> None:
        if not (self.sor.isascii() and self.sor.isdecimal() and 6 <= len(self.sor) <= 20):
            raise Unwritable("sor: write the organisation's SOR number, digits only")
        if not (self.gln.isascii() and self.gln.isdecimal() and len(self.gln) == 13):
            raise Unwritable("gln: write the organisation's location number, 13 digits")


@dataclass(frozen=True, slots=True)
class Citizen:
    """Whom the message is about; official test numbers fail the sum that a person number once had to keep."""

    number: str
    family: str
    given: tuple[str, ...] = ()
    system: str = c.CPR

    def __post_init__(self) -> None:
        if not (self.number.isascii() and self.number.isalnum() and len(self.number) == 10):
            raise Unwritable("number: write the citizen's person number, ten signs without a dash")
        if not 0 < len(self.family) <= LONGEST_NAME:
            raise Unwritable("family: write the citizen's family name")


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a text, as what, and where they can be called."""

    given: str
    family: str
    role: str
    phone: str
    coded: bool = False
    """Whether the role is one of MedCom's codes and no word of our own."""

    def __post_init__(self) -> None:
        if not self.family or not self.role:
            raise Unwritable("author: write the author's name and role")
        if not any(sign.isdecimal() for sign in self.phone):
            raise Unwritable("phone: write the number where the author can be called")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or a link that came with a text; an answer carries its name on without its content."""

    id: str
    title: str
    kind: str = ""
    content: bytes | None = field(default=None, repr=False)
    url: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.title:
            raise Unwritable("title: name the attachment")
        if self.kind and self.kind not in c.MIME_TYPES:
            raise Unwritable(f"contentType: attach one of {', '.join(sorted(c.MIME_TYPES))}")


@dataclass(frozen=True, slots=True)
class Segment:
    """One text, as its author wrote it."""

    id: str
    at: datetime
    author: Author
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise Unwritable("text: write something")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message added to the thread."""

    header: str
    """The id of the MessageHeader that it was sent with."""
    activity: str
    at: datetime
    by: House
    segments: tuple[Segment, ...]
    attachments: tuple[Attachment, ...] = ()
    answers: str = ""
    """The header of the turn before."""

    def __post_init__(self) -> None:
        if self.activity not in c.CARE_ACTIVITIES:
            raise Unwritable(f"activity: write one of {', '.join(sorted(c.CARE_ACTIVITIES))}")


@dataclass(frozen=True, slots=True)
class CareMessage:
    """One message: the thread so far with its newest turn last."""

    bundle: str
    thread: str
    at: datetime
    sender: House
    receiver: House
    citizen: Citizen
    category: str
    turns: tuple[Turn, ...]
    topic: str = ""
    priority: str = ""
    for_whom: str = ""
    """The team at the receiver that it is for, if it names one."""
    from_whom: str = ""
    """The team at the sender that an answer is for, if it names one."""

    def __post_init__(self) -> None:
        if self.category not in c.CATEGORY_CODES:
            raise Unwritable(f"category: write one of {', '.join(sorted(c.CATEGORY_CODES))}")
        if self.category == c.WITH_TOPIC and not self.topic:
            raise Unwritable("topic: write what it is about, since the category is other")
        if self.priority and (self.category != c.WITH_PRIORITY or self.priority not in c.PRIORITIES):
            raise Unwritable("priority: leave it out; only regarding-referral is asap or routine")
        if not self.turns:
            raise Unwritable("turns: a message says something")

    @property
    def newest(self) -> Turn:
        return self.turns[-1]

    @property
    def header(self) -> str:
        return self.newest.header


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wants to say now."""

    author: Author
    text: str
    attachments: tuple[Attachment, ...] = ()


def new(
    said: Said,
    *,
    sender: House,
    receiver: House,
    citizen: Citizen,
    now: datetime,
    new_id: NewId,
    category: str = c.OUR_CATEGORY,
    topic: str = "",
    priority: str = "",
    for_whom: str = "",
    from_whom: str = "",
) -> CareMessage:
    """The first message of a thread."""
    turn = _turn(said, c.NEW, sender, now, new_id, "")
    return CareMessage(
        new_id(), new_id(), now, sender, receiver, citizen, category, (turn,), topic, priority, for_whom, from_whom
    )


def reply(said: Said, to: Sequence[CareMessage], *, now: datetime, new_id: NewId) -> CareMessage:
    """The answer to the newest message of a thread: it goes back to whom that came from, without its attachments."""
    newest = latest(to)
    turn = _turn(said, c.REPLY, newest.receiver, now, new_id, newest.header)
    return replace(
        newest,
        bundle=new_id(),
        at=now,
        sender=newest.receiver,
        receiver=newest.sender,
        turns=(*(replace(one, attachments=_names_only(one.attachments)) for one in newest.turns), turn),
        for_whom=newest.from_whom,
        from_whom=newest.for_whom,
    )


def from_us(message: CareMessage, us: House) -> CareMessage:
    """The newest message of a thread as one to answer, also where it was ours: what follows goes the same way."""
    if message.sender.gln != us.gln:
        return message
    return replace(
        message,
        sender=message.receiver,
        receiver=message.sender,
        for_whom=message.from_whom,
        from_whom=message.for_whom,
    )


def forward(
    said: Said, what: CareMessage, *, sender: House, receiver: House, now: datetime, new_id: NewId, for_whom: str = ""
) -> CareMessage:
    """The message sent on to somebody else, whole, as a thread of its own."""
    turn = _turn(said, c.FORWARD, sender, now, new_id, what.header)
    return replace(
        what,
        bundle=new_id(),
        thread=new_id(),
        at=now,
        sender=sender,
        receiver=receiver,
        turns=(*what.turns, turn),
        for_whom=for_whom,
        from_whom="",
    )


def latest(messages: Sequence[CareMessage]) -> CareMessage:
    """The message with the newest text; of two as new, the one that knows more of the thread."""
    return max(messages, key=lambda one: (one.newest.at, len(one.turns), one.header))


def in_order(messages: Iterable[CareMessage]) -> tuple[Turn, ...]:
    """A thread's turns by the time of their texts, each once, however the messages came and however often."""
    known: dict[str, Turn] = {}
    for turn in chain.from_iterable(one.turns for one in messages):
        there = known.get(turn.header)
        known[turn.header] = turn if there is None else _fuller(there, turn)
    return tuple(sorted(known.values(), key=lambda turn: (turn.at, turn.header)))


def threads(messages: Iterable[CareMessage]) -> dict[str, list[CareMessage]]:
    """The messages by thread: an unknown id begins a new one."""
    found: dict[str, list[CareMessage]] = {}
    for message in messages:
        found.setdefault(message.thread, []).append(message)
    return found


def _turn(said: Said, activity: str, by: House, now: datetime, new_id: NewId, answers: str) -> Turn:
    segment = Segment(new_id(), now, said.author, said.text)
    attachments = tuple(replace(one, at=one.at or now) for one in said.attachments)
    return Turn(new_id(), activity, now, by, (segment,), attachments, answers)


def _names_only(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    return tuple(replace(one, content=None) for one in attachments)


def _fuller(one: Turn, other: Turn) -> Turn:
    """Of two copies of a turn, the one whose attachments have their content."""
    return max(one, other, key=lambda turn: sum(each.content is not None for each in turn.attachments))
