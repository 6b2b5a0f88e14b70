"""How things stand, as one value: whatever is drawn is drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from clients.python import Alarm, AnswerWord, Reach

from .groups import Group


class Ready(Enum):
    """Whether anybody would hear this PC, and this PC would hear anybody."""

    CONNECTING = "connecting"
    DOWN = "down"
    UNKNOWN = "unknown"
    NOBODY = "nobody"
    FEW = "few"
    ENOUGH = "enough"

    @property
    def grey(self) -> bool:
        """Nobody would hear, or it cannot be known."""
        return self not in {Ready.FEW, Ready.ENOUGH}


@dataclass(frozen=True, slots=True)
class Press:
    """A press of this PC's own, from the key to the all clear."""

    id: str
    kind: str
    drill: bool
    late: bool = False
    alarm: Alarm | None = None
    heard: tuple[str, ...] = ()
    refused: str = ""
    problem: str = ""
    asks_pin: bool = False

    @property
    def over(self) -> bool:
        return bool(self.refused) or (self.alarm is not None and self.alarm["state"] == "resolved")


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the windows and the tray show."""

    person: str | None = None
    ready: Ready = Ready.CONNECTING
    hearing: int = 0
    unit: str = ""
    unknown_here: bool = False
    """Whether the hub refuses this PC's token."""
    groups: tuple[Group, ...] = ()
    on_top: tuple[Group, ...] = ()
    """Those that must cover the screen now."""
    press: Press | None = None
    sending: Mapping[str, AnswerWord] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    proof: str | None = None
    crying: bool = False
    practising: bool = False


def readiness(connected: bool, long_gone: bool, reach: Reach | None, me: str) -> tuple[Ready, int]:
    """Where things stand, and how many colleagues would hear an alarm raised here."""
    if not connected:
        return (Ready.DOWN if long_gone else Ready.CONNECTING), 0
    if reach is None:
        return Ready.UNKNOWN, 0
    hearing = sum(one["reach"] != "not" for one in reach["people"] if one["person"] != me)
    if not hearing:
        return Ready.NOBODY, 0
    return (Ready.FEW if hearing < reach["minimum"] else Ready.ENOUGH), hearing
