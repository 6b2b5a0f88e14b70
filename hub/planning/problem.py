"""What is to be planned, and a plan; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub.people.localtime import midnight
from hub.people.site import DutyState
from hub.roster.rest import Agreement, Rule, Span

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The hours of night work, and so many of them make a shift a night's.
NIGHT_FROM, NIGHT_TO, NIGHT_LEAST = time(22), time(5), 3 * HOUR


@dataclass(frozen=True, slots=True)
class Post:
    """A shift of one kind on one day in a unit, which any number of people may stand."""

    unit: str
    kind: str
    day: date
    starts: datetime
    ends: datetime
    duty: DutyState
    night: bool = False

    @property
    def span(self) -> Span:
        return self.starts, self.ends

    @property
    def length(self) -> timedelta:
        return self.ends - self.starts

    @property
    def weekend(self) -> bool:
        return self.day.weekday() >= 5

    def meets(self, other: Span) -> bool:
        return self.starts < other[1] and self.ends > other[0]


def post(unit: str, kind: str, day: date, hours: tuple[time, time], duty: DutyState, zone: ZoneInfo) -> Post:
    """The post of a day by the clock on the wall: an end that is not after the beginning is on the next day."""

    def at(on: date, clock: time) -> datetime:
        return datetime.combine(on, clock, zone).astimezone(UTC)

    first, last = hours
    starts, ends = at(day, first), at(day if last > first else day + DAY, last)
    dark = sum(
        (
            max(timedelta(), min(ends, at(eve + DAY, NIGHT_TO)) - max(starts, at(eve, NIGHT_FROM)))
            for eve in (day - DAY, day)
        ),
        timedelta(),
    )
    return Post(unit, kind, day, starts, ends, duty, dark >= NIGHT_LEAST)


@dataclass(frozen=True, slots=True)
class Need:
    """So many people at one post, or so many of those with a competence among them."""

    post: Post
    count: int
    most: int
    competence: str | None = None
    able: frozenset[str] | None = None
    """Who has the competence; None where anybody counts."""
    missing: int | None = None
    """What each one too few costs; None where none may be missing."""
    over: int = 0
    """What each one above the count costs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person can be given in the days of the plan; what is left out is not asked."""

    least_hours: float | None = None
    most_hours: float | None = None
    most_shifts: Mapping[str, int] = field(default_factory=dict)
    """By kind."""
    most_in_a_row: int | None = None
    """Days of work."""
    least_in_a_row: int | None = None
    least_days_off: int | None = None
    """In a row; what is not known, before the plan and after it, counts as more of the same."""
    most_weekends: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """Work that stands and is not the plan's to move."""

    unit: str
    starts: datetime
    ends: datetime
    duty: DutyState

    @property
    def span(self) -> Span:
        return self.starts, self.ends


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who can be given posts."""

    person: str
    units: tuple[str, ...]
    agreement: Agreement
    hours: float
    """In a week, by contract: in this proportion people share hours, nights and weekends."""
    limits: Limits = Limits()
    away: tuple[tuple[Span, str | None], ...] = ()
    """From when to when, and from which unit alone."""
    held: tuple[Held, ...] = ()
    locked: frozenset[Post] = frozenset()
    """Posts of the plan that they keep."""

    def is_away(self, at: Post) -> bool:
        return any(at.meets(span) and unit in (None, at.unit) for span, unit in self.away)


class Want(StrEnum):
    """What somebody wishes of some hours."""

    FREE = "free"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Wish:
    """One person's wish for some hours, for one kind of shift or any, and what it costs not to meet it."""

    person: str
    want: Want
    starts: datetime
    ends: datetime
    kind: str | None = None
    cost: int = 10

    def concerns(self, at: Post) -> bool:
        return at.meets((self.starts, self.ends)) and self.kind in (None, at.kind)


@dataclass(frozen=True, slots=True)
class Costs:
    """What unfairness costs, beside what each wish says itself."""

    hours: int = 1
    """For each hour begun that somebody has more or less than half a shift from their share."""
    nights: int = 10
    weekends: int = 10
    """For each night, or shift in a weekend, that somebody has beside their share, rounded up or down."""


Given = frozenset[tuple[str, Post]]


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a plan is made of."""

    zone: ZoneInfo
    first: date
    days: int
    posts: tuple[Post, ...]
    needs: tuple[Need, ...]
    workers: tuple[Worker, ...]
    wishes: tuple[Wish, ...] = ()
    costs: Costs = Costs()
    before: Given | None = None
    """The plan that stands, of which as little as possible is to be moved; None for a first one."""

    @property
    def span(self) -> Span:
        first = midnight(self.first, self.zone)
        return first.astimezone(UTC), midnight(self.first + self.days * DAY, self.zone).astimezone(UTC)

    def can_stand(self, worker: Worker, at: Post) -> bool:
        """Whether the post is in one of the person's units; what else forbids it is a rule that can be named."""
        return at.unit in worker.units


class Asks(StrEnum):
    """What can make a plan impossible."""

    NEED = "need"
    REST = "rest"
    AWAY = "away"
    LOCKED = "locked"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that is asked of a plan, and that it could be spared."""

    asks: Asks
    need: Need | None = None
    rule: Rule | None = None
    agreement: str | None = None
    person: str | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who stands which post, and what that costs."""

    given: Given
    cost: int
    bound: int
    """No plan costs less."""
    seconds: float
    first_after: float
    """So many seconds went before the first plan was found."""
    moved: int | None = None
    """Posts given to somebody who did not have them in the plan before."""
    least_moved: bool = False
    """Whether it is proved that fewer cannot be moved."""

    @property
    def best(self) -> bool:
        return self.cost <= self.bound


@dataclass(frozen=True, slots=True)
class Impossible:
    """There is no plan; these rules alone cannot be kept together."""

    because: tuple[Ask, ...]
    smallest: bool
    """Whether it is proved that no fewer rules of these days are in conflict."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither a plan nor a proof that there is none was found in the time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come."""

    seconds: float
    cost: int | None
    """Of the best plan so far; None once there is known to be none."""
    bound: int
    """No plan costs less; or so many rules at least are in conflict."""


def moved(before: Given, after: Given) -> Given:
    """What somebody has that they did not have."""
    return after - before
