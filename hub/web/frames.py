"""What clients send, over HTTP and over the socket, as types that refuse what they do not know."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from hub.alarms.alarm import Said
from hub.alarms.outcome import Cleared, FalseBecause, Outcome
from hub.alarms.trigger import NOTE_LENGTH, Position, Trigger
from hub.messaging.attachment import MOST
from hub.messaging.conversation import LONGEST
from hub.messaging.message import Saying

Name = Annotated[str, Field(min_length=1, max_length=200)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Note = Annotated[str, Field(max_length=NOTE_LENGTH)]

# RFC 3339, whose seconds a form on a page leaves out.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written(value: Any) -> Any:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("write a time with its offset, for example 2026-03-01T02:15:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such moment") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]


class Sent(BaseModel):
    """Anything a client sends: an unknown field is refused, never dropped; a text is no number and no flag."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SentPosition(Sent):
    lat: Number = Field(ge=-90, le=90)
    lon: Number = Field(ge=-180, le=180)
    accuracy_m: Number = Field(ge=0, le=1e7)

    def position(self) -> Position:
        return Position(self.lat, self.lon, self.accuracy_m)


class Raise(Sent):
    """One press of an alarm button."""

    id: Name = Field(
        description="A UUID that the device makes, version 7 preferred; the same again finds the same alarm."
    )
    kind: Name = Field(examples=["alarm", "assist", "silent", "watch"])
    place: Name | None = None
    pressed_at: Moment | None = None
    note: Note | None = None
    position: SentPosition | None = None
    drill: Flag = False

    def trigger(self) -> Trigger:
        return Trigger(
            id=self.id,
            kind=self.kind,
            place=self.place,
            pressed_at=self.pressed_at,
            note=self.note,
            position=self.position.position() if self.position else None,
            drill=self.drill,
        )


class AnswerGiven(Sent):
    answer: Said
    as_of: Version


class AllClear(Sent):
    as_of: Version
    outcome: Outcome
    note: Note | None = None
    false_because: FalseBecause | None = Field(
        default=None, description="Why it was false, where somebody wants to say so."
    )

    def said(self) -> Cleared:
        return Cleared(self.outcome, self.note, self.false_because)


class TakenBack(Sent):
    as_of: Version
    pin: Annotated[str, Field(max_length=32)] | None = None


class Say(Sent):
    """One message, or what is added to an earlier one of one's own."""

    id: Name = Field(description="A UUID that the device makes; the same again is said once.")
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    replies_to: Version | None = None
    amends: Version | None = None
    urgent: Flag = Field(default=False, description="Each must say that they have it, and is called until then.")
    attachments: Annotated[list[Name], Field(max_length=MOST)] = Field(
        default_factory=list, description="Files of yours that were sent to the conversation before."
    )

    def saying(self) -> Saying:
        files = tuple(self.attachments)
        return Saying(self.id, self.text, self.replies_to, self.amends, self.urgent, attachments=files)


class SignIn(Sent):
    username: Name
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class HelloFrame(Sent):
    type: Literal["hello"]
    cursor: Annotated[int, Field(ge=0, strict=True)] | None
    client: Annotated[str, Field(max_length=200)]


class RaiseFrame(Raise):
    type: Literal["raise"]


class ReceiptFrame(Sent):
    type: Literal["receipt"]
    alarm: Name
    stage: Literal["received", "shown"]


class AnswerFrame(AnswerGiven):
    type: Literal["answer"]
    alarm: Name


class ResolveFrame(AllClear):
    type: Literal["resolve"]
    alarm: Name


class WithdrawFrame(TakenBack):
    type: Literal["withdraw"]
    alarm: Name


class ProofFrame(Sent):
    """The person has heard the test of their shift, and tapped it."""

    type: Literal["proof"]
    id: Name


class SayFrame(Say):
    """Answered with the message's own frame, which comes to the one who wrote it too."""

    type: Literal["say"]
    conversation: Name


class ReadFrame(Sent):
    """The person has the conversation in front of them, up to this message."""

    type: Literal["read"]
    conversation: Name
    number: Version


class AcknowledgeFrame(Sent):
    """The person takes an urgent message upon them."""

    type: Literal["acknowledge"]
    conversation: Name
    number: Version


class BeatFrame(Sent):
    type: Literal["beat"]
    battery: Number | None = Field(default=None, ge=0, le=1)
    charging: Flag | None = None
    sound: Literal["on", "muted"] | None = None
    visible: Flag | None = None


ClientFrame = Annotated[
    HelloFrame
    | RaiseFrame
    | ReceiptFrame
    | AnswerFrame
    | ResolveFrame
    | WithdrawFrame
    | BeatFrame
    | ProofFrame
    | SayFrame
    | ReadFrame
    | AcknowledgeFrame,
    Field(discriminator="type"),
]
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
