"""How many hours somebody's shifts make, and how that stands against what they agreed on; pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.roster.rest import WEEK, Agreement, time_away, worked
from hub.roster.shift import Absence, Shift

Say = Callable[..., str]
_NONE, _MINUTE = timedelta(), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """One person's hours between two moments."""

    worked: timedelta
    agreed: timedelta | None = None

    @property
    def balance(self) -> timedelta | None:
        return self.worked - self.agreed if self.agreed is not None else None


def hours(
    agreement: Agreement,
    shifts: Collection[Shift],
    absences: Collection[Absence],
    zone: ZoneInfo,
    between: tuple[datetime, datetime],
    weekly_minutes: int | None,
) -> Hours:
    """Counted as they pass; what was agreed is asked of the days on which the person is not away."""
    first, end = (at.astimezone(UTC) for at in between)
    done = worked(agreement, shifts, absences, zone, first, end)
    if weekly_minutes is None:
        return Hours(done)
    # A week is a week, also the one in which the clocks change.
    period = _by_the_wall(end, zone) - _by_the_wall(first, zone) - time_away(absences, first, end)
    return Hours(done, timedelta(minutes=round(weekly_minutes * max(0.0, period / WEEK))))


def hours_word(time: timedelta, say: Say) -> str:
    """A time in hours and minutes, however many."""
    hours, minutes = divmod(time // _MINUTE, 60)
    return say("{n} h {m} min", n=hours, m=minutes) if minutes else say("{n} h", n=hours)


def balance_word(balance: timedelta, say: Say) -> str:
    """So much more, or less, than was agreed on."""
    sign = "\N{MINUS SIGN}" if balance < _NONE else "+"
    return f"{sign}{hours_word(abs(balance), say)}"


def _by_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
