"""What clients send, over HTTP and over the socket, as types that refuse what they do not know."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from hub.alarms.alarm import Outcome, Said
from hub.alarms.trigger import NOTE_LENGTH, Position, Trigger

Name = Annotated[str, Field(min_length=1, max_length=200)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Note = Annotated[str, Field(max_length=NOTE_LENGTH)]


class Sent(BaseModel):
    """Anything a client sends: an unknown field is refused, never dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SentPosition(Sent):
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy_m: float = Field(ge=0, le=1e7, allow_inf_nan=False)

    def position(self) -> Position:
        return Position(self.lat, self.lon, self.accuracy_m)


class Raise(Sent):
    """One press of an alarm button."""

    id: Name = Field(
        description="A UUID that the device makes, version 7 preferred; the same again finds the same alarm."
    )
    kind: Name = Field(examples=["alarm", "assist", "silent", "watch"])
    place: Name | None = None
    pressed_at: AwareDatetime | None = None
    note: Note | None = None
    position: SentPosition | None = None
    drill: bool = False

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


class TakenBack(Sent):
    as_of: Version
    pin: Annotated[str, Field(max_length=32)] | None = None


class SignIn(Sent):
    username: Name
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class HelloFrame(Sent):
    type: Literal["hello"]
    cursor: Annotated[int, Field(ge=0)] | None
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


class BeatFrame(Sent):
    type: Literal["beat"]
    battery: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    charging: bool | None = None
    sound: Literal["on", "muted"] | None = None
    visible: bool | None = None


ClientFrame = Annotated[
    HelloFrame | RaiseFrame | ReceiptFrame | AnswerFrame | ResolveFrame | WithdrawFrame | BeatFrame | ProofFrame,
    Field(discriminator="type"),
]
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
