"""What is told of conversations over the live socket, as types."""

from typing import Literal

from hub.web.shown import MessageShown, Shown


class MessageFrame(Shown):
    """To those who may read it: a message of theirs is new, added to, waits for them, or somebody has it."""

    type: Literal["message"]
    cursor: int
    event: Literal["sent", "changed", "called", "acknowledged"]
    conversation: str
    message: MessageShown
    waiting: list[str]
