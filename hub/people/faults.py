"""What is wrong with what somebody typed, field by field, in words that each language has its own of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import Conflict, Forbidden, Invalid

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the catalogue with what its slots are filled with; a page says it in its reader's language."""

    msgid: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return _SLOT.sub(lambda slot: str(self.values.get(slot[1], slot[0])), self.msgid)


def say(msgid: str, /, **values: Any) -> Text:
    return Text(msgid, values)


class FieldProblem(Invalid):
    """A form was refused whole; each fault stands beside its field."""

    def __init__(self, faults: Mapping[str, Text]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in faults.items()))
        self.faults = faults


class Refused(Conflict):
    """What was asked for cannot be done as things stand."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class Overtaken(Refused):
    """Somebody else has changed the same since whoever asks looked at it."""


class NotYours(Forbidden):
    """Somebody else must do this."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text
