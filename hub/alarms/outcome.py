"""What an alarm was, as whoever gives the all clear says."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    REAL = "real"
    FALSE = "false"
    TEST = "test"


class FalseBecause(StrEnum):
    """Why an alarm was false, for those who want to say so: nobody must."""

    MISTAKE = "mistake"
    FAULT = "fault"
    MISUNDERSTANDING = "misunderstanding"
    TRIED = "tried"
    """Somebody tried it out, without a drill."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What is said with an all clear; why it was false counts only of what was."""

    outcome: Outcome
    note: str | None = None
    why: FalseBecause | None = None

    @property
    def because(self) -> FalseBecause | None:
        return self.why if self.outcome is Outcome.FALSE else None
