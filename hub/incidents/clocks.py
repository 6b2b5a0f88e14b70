"""The law's clocks: which of them the facts of an incident start, and until when each runs. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.incidents.followup import Wanted
from hub.incidents.paper import Fact, Paper
from hub.people.localtime import midnight


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clock asks from a day on, until newer terms take over."""

    since: date
    source: str
    when: frozenset[Fact]
    hours: int | None = None
    days: int | None = None
    month_end: bool = False
    to: str = ""
    write: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if (self.hours is not None) + (self.days is not None) + self.month_end != 1:
            raise ValueError("a clock runs for hours, or for days, or to the end of the month")

    def due_at(self, happened_at: datetime, zone: ZoneInfo) -> datetime:
        """When it must be done for what happened then, by the institution's own days."""
        if self.hours is not None:
            return happened_at + timedelta(hours=self.hours)
        day = happened_at.astimezone(zone).date()
        if self.days is not None:
            return _midnight_after(day + timedelta(days=self.days), zone)
        first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return _midnight_after(first_of_next - timedelta(days=1), zone)


@dataclass(frozen=True, slots=True)
class LawClock:
    """One duty; whose paper it is of decides who sees it."""

    id: str
    name: str
    paper: Paper
    terms: tuple[Terms, ...]

    def in_force(self, day: date) -> Terms | None:
        """The newest terms that had begun on that day."""
        return next((one for one in reversed(self.terms) if one.since <= day), None)


@dataclass(frozen=True, slots=True)
class Measure:
    """How statistics are told from a day on: which numbers are too small to show, and how soon alarms are answered."""

    since: date
    source: str
    below: int
    answered: tuple[tuple[int, float], ...] = ()
    """Seconds, and how many alarms in a hundred should have been answered by then."""

    def __post_init__(self) -> None:
        if self.below < 3:
            raise ValueError("of a number that is hidden because it is below two everybody knows what it is")


@dataclass(frozen=True, slots=True)
class ClockBook:
    """All clocks of an institution, and how it tells of them in numbers."""

    clocks: Mapping[str, LawClock]
    measures: tuple[Measure, ...] = ()

    def measure(self, day: date) -> Measure:
        """The newest measure that had begun on that day; before all of them, the first."""
        return next((one for one in reversed(self.measures) if one.since <= day), self.measures[0])

    def started(self, facts: Collection[Fact], happened_at: datetime, zone: ZoneInfo) -> dict[str, Wanted]:
        """What must be done by when, for an incident of these facts."""
        day = happened_at.astimezone(zone).date()
        found = {}
        for clock in self.clocks.values():
            terms = clock.in_force(day)
            if terms is not None and terms.when & set(facts):
                found[clock.id] = Wanted(clock.paper, terms.due_at(happened_at, zone), exact=True)
        return found


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return midnight(day + timedelta(days=1), zone).astimezone(ZoneInfo("UTC"))
