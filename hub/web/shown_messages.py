"""What is told of conversations over the live socket, as types."""

from typing import Literal

from hub.web.shown import MessageShown, Shown


class CarriedShown(Shown):
    """How far a message has come to a party outside, and why it was withheld."""

    outside: str
    state: Literal["waiting", "sent", "delivered", "withheld", "refused"]
    why: str | None


class ReadBy(Shown):
    """Who has read up to the message now."""

    person: str
    name: str


class MessageFrame(Shown):
    """To those who may read it: a message of theirs is new, added to, waits for them, or somebody has it.

    Whoever wrote it is told, too, how far it has come to a party outside.
    """

    type: Literal["message"]
    cursor: int
    event: Literal["sent", "changed", "called", "acknowledged", "carried", "read"]
    conversation: str
    message: MessageShown
    waiting: list[str]
    carried: CarriedShown | None = None
    read_by: ReadBy | None = None
