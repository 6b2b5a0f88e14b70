"""How far something told has come, in stages that only the recipient's own device can confirm."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    SENT = "sent"
    RECEIVED = "received"
    SHOWN = "shown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """One recipient and the furthest stage their copy reached."""

    recipient: str
    stage: Stage

    @property
    def heard(self) -> bool:
        return self.stage in (Stage.RECEIVED, Stage.SHOWN)


def counts(progress: Iterable[Progress]) -> dict[str, int]:
    """How many were told, have received, have been shown and could not be reached."""
    stages = [one.stage for one in progress]
    return {
        "sent": len(stages),
        "received": sum(1 for stage in stages if stage in (Stage.RECEIVED, Stage.SHOWN)),
        "shown": stages.count(Stage.SHOWN),
        "failed": stages.count(Stage.FAILED),
    }
