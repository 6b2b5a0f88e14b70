"""What is counted of alarms and of what followed, and how it may be shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub.alarms.outcome import FalseBecause
from hub.incidents import small
from hub.incidents.amounts import Came
from hub.incidents.incident import Outcome
from hub.incidents.paper import Kind
from hub.people.localtime import midnight

# The parts of a day as shifts divide it.
PARTS = ((7, 15), (15, 23), (23, 7))
# Fewer than this in one place, or at one hour of the week, repeat nothing.
REPEATED, MOST_REPEATED = 3, 10
MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Months:
    """Whole months, the first and the last included, each as one number (amounts.month_of)."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.last - self.first < MOST_MONTHS:
            raise ValueError(f"choose from 1 to {MOST_MONTHS} months, the first of them first")

    @property
    def all(self) -> range:
        return range(self.first, self.last + 1)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When they begin and when they are over, by the institution's own clocks."""
        begins, ends = (midnight(first_day(one), zone) for one in (self.first, self.last + 1))
        return begins, ends

    @property
    def last_day(self) -> date:
        return first_day(self.last + 1) - timedelta(days=1)


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


class Why(StrEnum):
    """How a false alarm came about: as somebody has said, or else as far as the hub can see."""

    MISTAKE = "mistake"
    FAULT = "fault"
    MISUNDERSTANDING = "misunderstanding"
    TRIED = "tried"
    LONE = "lone"
    WATCH = "watch"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


def why_false(came: Came, said: FalseBecause | None = None, *, withdrawn: bool = False) -> Why:
    if said is not None:
        return Why(said.value)
    if came is Came.PRESSED:
        return Why.WITHDRAWN if withdrawn else Why.OTHER
    return Why.LONE if came is Came.LONE else Why.WATCH


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, as (tenths of a second, how many) from the shortest; and how often it never came."""

    counts: tuple[tuple[int, int], ...] = ()
    never: int = 0

    @property
    def came(self) -> int:
        return sum(n for _, n in self.counts)

    @property
    def all(self) -> int:
        return self.came + self.never

    def quantile(self, percent: int) -> int | None:
        """The shortest time that so many in a hundred of those that came at all took at most."""
        rank, passed = -(-self.came * percent // 100), 0
        for tenths, n in self.counts:
            passed += n
            if passed >= rank:
                return tenths
        return None

    def within(self, seconds: int) -> float | None:
        """How many in a hundred came within so many seconds; what never came did not."""
        if not self.all:
            return None
        return 100 * sum(n for tenths, n in self.counts if tenths <= 10 * seconds) / self.all


@dataclass(frozen=True, slots=True)
class Steps:
    """How many alarms went past how many steps without enough coming, and what else went wrong on their way."""

    past: Mapping[int, int] = field(default_factory=dict)
    reopened: int = 0
    empty: int = 0

    def beyond(self, steps: int) -> int:
        """How many went past so many steps or more."""
        return sum(n for past, n in self.past.items() if past >= steps)


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """What became of one sort of task."""

    in_time: int = 0
    late: int = 0
    """Done, but after it was due."""
    overdue: int = 0
    """Due, and not done yet."""
    waived: int = 0
    ahead: int = 0

    @property
    def all(self) -> int:
        return self.in_time + self.late + self.overdue + self.waived + self.ahead


@dataclass(frozen=True, slots=True)
class Sort:
    """What is counted of alarms, and of drills beside them."""

    months: Mapping[int, int] = field(default_factory=dict)
    moments: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """By day of the week and hour."""
    units: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    heard: Spread = field(default_factory=Spread)
    answered: Spread = field(default_factory=Spread)
    arrived: Spread = field(default_factory=Spread)
    steps: Steps = field(default_factory=Steps)

    @property
    def all(self) -> int:
        return sum(self.moments.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """All that was counted in some months, as it is; what of it may be shown is said by the rules below."""

    months: Months
    alarms: Sort = field(default_factory=Sort)
    drills: Sort = field(default_factory=Sort)
    outcomes: Mapping[Outcome | None, int] = field(default_factory=dict)
    false: Mapping[Why, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    violence: Mapping[Kind, int] | None = None
    """None for those who may not read the papers that it stands in."""
    tasks: Mapping[str, FollowedUp] | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """A number divided: the alarms as they may be shown, and the drills beside them, which nobody is hurt in."""

    keys: tuple[str, ...]
    alarms: small.Cells
    drills: tuple[int, ...]

    @property
    def undivided(self) -> bool:
        return small.undivided(self.alarms)


def divided(keys: Sequence[str], alarms: Mapping[str, int], drills: Mapping[str, int], below: int) -> Division:
    """One number for each key, those that could be recognised hidden."""
    cells = small.guarded([alarms.get(key, 0) for key in keys], below)
    return Division(tuple(keys), cells, tuple(drills.get(key, 0) for key in keys))


def by_hour(counted: Counted, below: int) -> Division:
    """By the hour of the day; by its three parts where single hours would tell too much."""
    alarms, drills = (_hours(one) for one in (counted.alarms, counted.drills))
    if not small.coarse([alarms[str(hour)] for hour in range(24)], below):
        return divided(list(alarms), alarms, drills, below)
    alarms, drills = (_parts(one) for one in (alarms, drills))
    return divided(list(alarms), alarms, drills, below)


def _hours(sort: Sort) -> dict[str, int]:
    return {str(hour): sum(n for (_, at), n in sort.moments.items() if at == hour) for hour in range(24)}


def _parts(hours: Mapping[str, int]) -> dict[str, int]:
    return {
        f"{start}-{end}": sum(n for hour, n in hours.items() if (int(hour) - start) % 24 < (end - start) % 24)
        for start, end in PARTS
    }


def by_weekday(counted: Counted, below: int) -> Division:
    alarms, drills = (
        {str(day): sum(n for (at, _), n in one.moments.items() if at == day) for day in range(7)}
        for one in (counted.alarms, counted.drills)
    )
    return divided(list(alarms), alarms, drills, below)


def by_month(counted: Counted, below: int) -> Division:
    alarms, drills = (
        {str(month): one.months.get(month, 0) for month in counted.months.all}
        for one in (counted.alarms, counted.drills)
    )
    return divided(list(alarms), alarms, drills, below)


def repeated_hours(counted: Counted, below: int) -> list[tuple[int, int, int]]:
    """The hours of the week at which alarms come again: day, hour and how many, the most first."""
    most = sorted(((n, -day, -hour) for (day, hour), n in counted.alarms.moments.items()), reverse=True)
    return [(-day, -hour, n) for n, day, hour in most[:MOST_REPEATED] if n >= max(REPEATED, below)]


def repeated_places(counted: Counted, below: int) -> list[tuple[str, int]]:
    """The places where alarms come again, the most first."""
    most = sorted(counted.places.items(), key=lambda one: (-one[1], one[0]))
    return [(place, n) for place, n in most[:MOST_REPEATED] if n >= max(REPEATED, below)]
