"""A key combination, as the settings file writes it."""

import re
from dataclasses import dataclass
from enum import Enum

MODIFIERS = ("Ctrl", "Alt", "Shift", "Super")
_KEYS = re.compile(r"[A-Z0-9]|F([1-9]|1[0-9]|2[0-4])|Pause|Insert|Home|End|Space")


class BadHotKey(ValueError):
    """The settings name a key combination that there is none of."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"hot_key: {text!r} is no key combination: write one like Ctrl+F12, Ctrl+Alt+H or Pause, with "
            f"{', '.join(MODIFIERS)} before a letter, a digit, F1 to F24, Pause, Insert, Home, End or Space"
        )


class NoKey(Enum):
    """Why the system does not give this program the key combination."""

    TAKEN = "another program has it"
    MISSING = "the keyboard has no such key"
    DECLINED = "the person or the system declined"
    UNSUPPORTED = "the session gives no program one"


class NoHotKey(Exception):
    """There is no hot key, and why."""

    def __init__(self, why: NoKey) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class HotKey:
    """Modifiers held while a key is pressed, wherever the person is working."""

    modifiers: frozenset[str]
    key: str

    @classmethod
    def parse(cls, text: str) -> "HotKey":
        """Reads `Ctrl+F12`; capitals and spaces do not matter."""
        *held, key = [part.strip().capitalize() for part in text.split("+")]
        if not set(held) <= set(MODIFIERS) or len(set(held)) < len(held) or not _KEYS.fullmatch(key):
            raise BadHotKey(text)
        if len(key) == 1 and not set(held) - {"Shift"}:
            raise BadHotKey(text)  # it would take a letter away from everything that is written
        return cls(frozenset(held), key)

    def __str__(self) -> str:
        return "+".join([*(one for one in MODIFIERS if one in self.modifiers), self.key])
