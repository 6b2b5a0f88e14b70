"""When a unit that too few would hear is warned of: pure, from what was known of it and how it stands now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.escalation.rules import RuleBook


class News(StrEnum):
    """What is said of a unit's reach."""

    LOW = "reach_low"
    RESTORED = "reach_restored"


@dataclass(frozen=True, slots=True)
class Low:
    """A unit that too few would hear: since when, and when that was last said."""

    since: datetime
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many are on duty in a unit now, how many of them would hear an alarm, and how many must."""

    on_duty: int
    reachable: int
    minimum: int


def judged(
    low: Low | None, standing: Standing, book: RuleBook, now: datetime, settled: bool = True
) -> tuple[Low | None, News | None]:
    """What is known of the unit after this look, and what must be said.

    Where nobody is on the roster nobody can be missing: the unit is closed, and what was said of it stands until people
    come. Until a hub that has just started has `settled`, devices that are on their way back are not missing either.
    """
    if standing.reachable >= standing.minimum:
        return None, News.RESTORED if low is not None and low.told_at is not None else None
    if not standing.on_duty:
        return (low, None) if low is not None and low.told_at is not None else (None, None)
    low = low or Low(now)
    if low.told_at is None:
        due = low.since + timedelta(seconds=book.minimum_grace)
    else:
        due = low.told_at + timedelta(seconds=book.minimum_repeat)
    return (replace(low, told_at=now), News.LOW) if settled and now >= due else (low, None)
