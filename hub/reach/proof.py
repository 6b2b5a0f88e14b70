"""The test at the start of a shift, which a person hears and taps: pure, when it is asked for and when that is over."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.roster.shift import Shift

AGAIN_AFTER = timedelta(minutes=10)
MOST_TIMES = 2
# How long a test that somebody asks for themself can be tapped.
TRIED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """One person's test in one shift; `next_at` is when it is asked for next, None when it no longer is."""

    institution: str
    id: str
    person: str
    starts: datetime
    ends: datetime
    times: int = 0
    next_at: datetime | None = None
    proven_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.starts < self.ends:
            raise ValueError("a test belongs to a shift, which ends after it begins")
        if self.proven_at is not None and self.next_at is not None:
            raise ValueError("who has heard the test is not asked again")


def shift_of(shifts: Iterable[Shift]) -> dict[str, tuple[datetime, datetime]]:
    """For each person on duty by these shifts: since when, and until when."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for shift in shifts:
        starts, ends = found.get(shift.person, (shift.starts, shift.ends))
        found[shift.person] = (min(starts, shift.starts), max(ends, shift.ends))
    return found


def asked_now(asked: Asked, now: datetime) -> Asked:
    """The test after it was asked for once more; after the last time it is only shown as missing."""
    times = asked.times + 1
    again = now + AGAIN_AFTER
    more = times < MOST_TIMES and again < asked.ends
    return replace(asked, times=times, next_at=again if more else None)


def asked_for(asked: Asked | None, institution: str, which: str, person: str, now: datetime) -> Asked:
    """The test when the person themself asks for it: the one of their shift that still waits, or one of its own."""
    own = asked or Asked(institution, which, person, now, now + TRIED_FOR)
    return replace(own, times=own.times + 1)


def tapped(asked: Asked, now: datetime) -> Asked:
    """The test after the person has tapped it; the first time counts."""
    return asked if asked.proven_at is not None else replace(asked, next_at=None, proven_at=now)
