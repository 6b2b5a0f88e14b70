"""How far something told has come, in stages that only the recipient's own device can confirm."""

from collections.abc import Collection
from enum import StrEnum


class Stage(StrEnum):
    SENT = "sent"
    RECEIVED = "received"
    SHOWN = "shown"
    FAILED = "failed"


def counts(stages: Collection[Stage]) -> dict[str, int]:
    """How many were told, have received, have been shown and could not be reached."""
    known = list(stages)
    shown, failed = known.count(Stage.SHOWN), known.count(Stage.FAILED)
    return {"sent": len(known), "received": shown + known.count(Stage.RECEIVED), "shown": shown, "failed": failed}
