"""The file in which a planner says what is to be planned."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from hub.people.site import DutyState, Role, Site
from hub.people.tomlfile import Section, TomlFile, closest
from hub.planning.problem import DAY, Costs, Limits, Want

LONGEST = 92
MOST_PEOPLE, MOST_COST = 200, 10_000
HOURS = 37.0
_TABLES = ("plan", "kind", "need", "competence", "usual", "person", "wish", "away", "lock", "costs")
_PERSON = (
    *("hours", "least_hours", "most_hours", "most_shifts"),
    *("most_in_a_row", "least_in_a_row", "least_days_off", "most_weekends"),
)
_ID = re.compile(r"[\w.-]{1,40}")


class Weekday(StrEnum):
    """A day of the week as a plan file says it."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shift, by the clock on the wall."""

    hours: tuple[time, time]
    duty: DutyState


@dataclass(frozen=True, slots=True)
class Demand:
    """How many are needed, on which days."""

    unit: str
    kind: str
    days: frozenset[date]
    dated: bool
    """Whether it names its dates, and so comes before what is said of weekdays."""
    count: int
    most: int
    competence: str | None
    missing: int | None
    over: int


@dataclass(frozen=True, slots=True)
class Terms:
    """One person's hours in a week, and limits."""

    hours: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class Wished:
    """A wish that the file holds, by the clock on the wall."""

    person: str
    want: Want
    starts: datetime
    ends: datetime
    kind: str | None
    cost: int


@dataclass(frozen=True, slots=True)
class Away:
    person: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Lock:
    person: str
    unit: str
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What a planner asks."""

    first: date
    days: int
    seconds: float
    kinds: Mapping[str, Kind]
    demands: Sequence[Demand]
    competences: Mapping[str, frozenset[str]]
    usual: Terms
    people: Mapping[str, Terms]
    """Those who have terms of their own."""
    wishes: Sequence[Wished]
    away: Sequence[Away]
    locks: Sequence[Lock]
    costs: Costs


def parse(text: str, name: str, site: Site) -> PlanFile:
    """Reads a plan file; FileProblem names every fault in it by line and key, with the mend."""
    file = TomlFile(text, name)
    file.known_tables(_TABLES)
    plan = file.one("plan", ("from", "days", "seconds"))
    first = _day(plan, "from")
    days = round(_number(plan, "days", 28, LONGEST, least=1))
    kinds = dict(_kinds(file))
    competences = dict(_competences(file, site))
    usual = _terms(file.one("usual", _PERSON), kinds, None) if "usual" in file.values else Terms(HOURS, Limits())
    people = {}
    for section in file.many("person", ("id", *_PERSON)):
        person = section.reference("id", "person", site.people) or section.needed("id")
        people[person] = _terms(section, kinds, usual)
    dates = [first + DAY * n for n in range(days)]
    demands = list(_demands(file, site, kinds, {*competences, *Role}, dates))
    found = PlanFile(
        first,
        days,
        _number(plan, "seconds", 60, 3600, least=1),
        kinds,
        demands,
        competences,
        usual,
        people,
        list(_wishes(file, site, kinds)),
        list(_away(file, site)),
        list(_locks(file, site, kinds, demands)),
        _costs(file),
    )
    file.problems.refuse_if_any()
    return found


def _kinds(file: TomlFile) -> Iterator[tuple[str, Kind]]:
    for section in file.many("kind", ("id", "from", "to", "duty")):
        key = section.matching("id", _ID, "write a word without spaces") or section.needed("id")
        duty = section.choice("duty", DutyState) if "duty" in section.values else DutyState.ACTIVE
        yield key, Kind((_time(section, "from"), _time(section, "to")), duty or DutyState.ACTIVE)


def _competences(file: TomlFile, site: Site) -> Iterator[tuple[str, frozenset[str]]]:
    for section in file.many("competence", ("id", "people")):
        key = section.matching("id", _ID, "write a word without spaces") or section.needed("id")
        yield key, frozenset(section.references("people", "person", site.people))


def _terms(section: Section, kinds: Collection[str], usual: Terms | None) -> Terms:
    start = usual or Terms(HOURS, Limits())
    most_shifts = section.values.get("most_shifts", start.limits.most_shifts)
    if not isinstance(most_shifts, dict) or not all(isinstance(most, int) for most in most_shifts.values()):
        section.wrong("most_shifts", "must be a table of numbers; write most_shifts = { night = 4 }")
        most_shifts = {}
    for kind in most_shifts:
        if kind not in kinds:
            section.wrong("most_shifts", f'"{kind}" is no kind here; {closest(kind, kinds)}')
    usual_limits = start.limits
    limits = Limits(
        least_hours=_hours(section, "least_hours", usual_limits.least_hours),
        most_hours=_hours(section, "most_hours", usual_limits.most_hours),
        most_shifts=most_shifts,
        most_in_a_row=_count(section, "most_in_a_row", usual_limits.most_in_a_row, LONGEST),
        least_in_a_row=_count(section, "least_in_a_row", usual_limits.least_in_a_row, LONGEST),
        least_days_off=_count(section, "least_days_off", usual_limits.least_days_off, LONGEST),
        most_weekends=_count(section, "most_weekends", usual_limits.most_weekends, LONGEST),
    )
    return Terms(_number(section, "hours", start.hours, 168), limits)


def _demands(
    file: TomlFile, site: Site, kinds: Collection[str], competences: Collection[str], dates: Sequence[date]
) -> Iterator[Demand]:
    keys = ("unit", "kind", "count", "most", "weekdays", "dates", "competence", "missing", "over")
    for section in file.many("need", keys):
        count = round(_number(section, "count", None, MOST_PEOPLE))
        yield Demand(
            section.reference("unit", "unit", site.units) or section.needed("unit"),
            section.reference("kind", "kind", kinds) or section.needed("kind"),
            _days(section, dates),
            "dates" in section.values,
            count,
            round(_number(section, "most", count, MOST_PEOPLE, least=count)),
            section.reference("competence", "competence", competences),
            _count(section, "missing", None, MOST_COST),
            _count(section, "over", None, MOST_COST) or 0,
        )


def _days(section: Section, dates: Sequence[date]) -> frozenset[date]:
    named = section.values.get("dates")
    if named is not None:
        if not isinstance(named, list) or not all(type(one) is date for one in named):
            section.wrong("dates", "must be a list of days; write dates = [2026-12-24, 2026-12-25]")
            return frozenset()
        return frozenset(named) & frozenset(dates)
    weekdays = section.values.get("weekdays", list(Weekday))
    if not isinstance(weekdays, list) or not set(weekdays) <= set(Weekday):
        section.wrong("weekdays", f"must be a list of days; write some of {', '.join(Weekday)}")
        return frozenset()
    numbers = {list(Weekday).index(Weekday(one)) for one in weekdays}
    return frozenset(day for day in dates if day.weekday() in numbers)


def _wishes(file: TomlFile, site: Site, kinds: Collection[str]) -> Iterator[Wished]:
    for section in file.many("wish", ("person", "want", "from", "to", "kind", "cost")):
        yield Wished(
            section.reference("person", "person", site.people) or section.needed("person"),
            section.choice("want", Want) or Want.FREE,
            *_between(section),
            section.reference("kind", "kind", kinds),
            round(_number(section, "cost", 10, MOST_COST)),
        )


def _away(file: TomlFile, site: Site) -> Iterator[Away]:
    for section in file.many("away", ("person", "from", "to")):
        person = section.reference("person", "person", site.people) or section.needed("person")
        yield Away(person, *_between(section))


def _locks(file: TomlFile, site: Site, kinds: Collection[str], demands: Collection[Demand]) -> Iterator[Lock]:
    for section in file.many("lock", ("person", "unit", "kind", "day")):
        lock = Lock(
            section.reference("person", "person", site.people) or section.needed("person"),
            section.reference("unit", "unit", site.units) or section.needed("unit"),
            section.reference("kind", "kind", kinds) or section.needed("kind"),
            _day(section, "day"),
        )
        if not any((one.unit, one.kind) == (lock.unit, lock.kind) and lock.day in one.days for one in demands):
            section.wrong("day", "nobody is needed there on this day; write another, or add a [[need]]")
        yield lock


def _costs(file: TomlFile) -> Costs:
    usual = Costs()
    if "costs" not in file.values:
        return usual
    section = file.one("costs", ("hours", "nights", "weekends"))
    return Costs(
        *(round(_number(section, key, getattr(usual, key), MOST_COST)) for key in ("hours", "nights", "weekends"))
    )


def _between(section: Section) -> tuple[datetime, datetime]:
    """From a day or a moment up to the end of a day or a moment; the first day alone where no end is said."""
    first = section.values.get("from")
    last = section.values.get("to", first if type(first) is date else None)
    starts, ends = _moment(section, "from", first), _moment(section, "to", last, timedelta(days=type(last) is date))
    if starts >= ends:
        section.wrong("to", "is not after from; write a later day or time")
    return starts, ends


def _moment(section: Section, key: str, value: Any, later: timedelta = timedelta()) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if type(value) is date:
        return datetime.combine(value, time()) + later
    section.wrong(key, "must be a day or a local time, without quotes; write 2026-12-24 or 2026-12-24T15:00:00")
    return datetime.combine(date(2000, 1, 1), time()) + later


def _day(section: Section, key: str) -> date:
    return section.day(key) or date(2000, 1, 1)


def _time(section: Section, key: str) -> time:
    value = section.values.get(key)
    if isinstance(value, time):
        return value
    section.wrong(key, "must be a time with seconds, without quotes; write it like 07:00:00")
    return time()


def _hours(section: Section, key: str, usual: float | None) -> float | None:
    return _number(section, key, usual, 24 * LONGEST) if key in section.values else usual


def _count(section: Section, key: str, usual: int | None, most: int) -> int | None:
    return round(_number(section, key, usual, most)) if key in section.values else usual


def _number(section: Section, key: str, usual: float | None, most: float, least: float = 0) -> float:
    value: Any = section.values.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        section.wrong(key, f"must be a number from {least:g} to {most:g}")
        return least
    return value
