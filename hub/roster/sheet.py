"""A week or a month of the roster laid out in rows and days: what stands in each cell; pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub.people.localtime import midnight
from hub.roster.shift import OVERRIDE, Absence, Attendance, Shift

DAY = timedelta(days=1)


class View(StrEnum):
    """How much is shown at once."""

    WEEK = "week"
    MONTH = "month"


class By(StrEnum):
    """What a row is."""

    UNIT = "unit"
    PERSON = "person"


class Come(StrEnum):
    """Whether whoever has the shift has said that they are there."""

    LATER = "later"
    NOT_IN = "not_in"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Mark:
    """One shift on the day on which it begins."""

    shift: Shift
    away: Absence | None = None
    """What takes the person off it, for a part of it at least."""
    instead_of: str | None = None
    seen: Attendance | None = None
    come: Come = Come.LATER

    @property
    def covers(self) -> bool:
        """Whether a shift lead has put the person there, whatever the roster says."""
        return self.shift.source == OVERRIDE


@dataclass(frozen=True, slots=True)
class Cell:
    day: date
    marks: Sequence[Mark] = ()
    away: Sequence[Absence] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, or one person, through a week."""

    key: str
    cells: Sequence[Cell]


def days(view: View, day: date) -> list[list[date]]:
    """The whole weeks that a view shows around a day."""
    first = day if view is View.WEEK else day.replace(day=1)
    last = day if view is View.WEEK else (day.replace(day=1) + timedelta(days=31)).replace(day=1) - DAY
    monday = first - first.weekday() * DAY
    weeks = (last - monday).days // 7 + 1
    return [[monday + (7 * week + one) * DAY for one in range(7)] for week in range(weeks)]


def turned(view: View, day: date, way: int) -> date:
    """A day in the week or the month before, or after."""
    if view is View.WEEK:
        return day + way * 7 * DAY
    middle = day.replace(day=15) + way * 30 * DAY
    return middle.replace(day=1)


def marks(
    shifts: Iterable[Shift], absences: Collection[Absence], seen: Mapping[str, Attendance], now: datetime
) -> Iterator[Mark]:
    """Each shift with what is known of it."""
    by_id = {one.id: one.person for one in absences}
    by_person: dict[str, list[Absence]] = {}
    for one in absences:
        by_person.setdefault(one.person, []).append(one)
    for shift in shifts:
        away = next((one for one in by_person.get(shift.person, ()) if _takes_off(one, shift)), None)
        came = seen.get(shift.id)
        yield Mark(shift, away, by_id.get(shift.id), came, _come(shift, came, now))


def laid_out(
    weeks: Sequence[Sequence[date]],
    by: By,
    keys: Sequence[str],
    found: Iterable[Mark],
    absences: Iterable[Absence],
    zone: ZoneInfo,
) -> list[list[Row]]:
    """Week for week a row for each key; whole days away stand in a person's row.

    A night that runs into the first day stands there: whoever is at work on a Monday at two looks for it.
    """
    here: dict[tuple[str, date], list[Mark]] = {}
    for mark in found:
        key = mark.shift.unit if by is By.UNIT else mark.shift.person
        day = max(mark.shift.starts.astimezone(zone).date(), weeks[0][0])
        here.setdefault((key, day), []).append(mark)
    away: dict[tuple[str, date], list[Absence]] = {}
    shown = (midnight(weeks[0][0], zone), midnight(weeks[-1][-1] + DAY, zone))
    for one in absences:
        if by is By.PERSON and one.unit is None:
            for day in _days_of(one, shown, zone):
                away.setdefault((one.person, day), []).append(one)
    return [
        [Row(key, [Cell(day, here.get((key, day), ()), away.get((key, day), ())) for day in week]) for key in keys]
        for week in weeks
    ]


def _days_of(one: Absence, shown: tuple[datetime, datetime], zone: ZoneInfo) -> Iterator[date]:
    first, end = max(one.starts, shown[0]), min(one.ends, shown[1])
    day = first.astimezone(zone).date()
    while midnight(day, zone) < end:
        yield day
        day += DAY


def _takes_off(one: Absence, shift: Shift) -> bool:
    return one.stands_against(shift) and one.starts < shift.ends and shift.starts < one.ends


def _come(shift: Shift, seen: Attendance | None, now: datetime) -> Come:
    if seen is not None:
        return Come.IN if seen.out_at is None else Come.OUT
    return Come.NOT_IN if shift.starts <= now < shift.ends else Come.LATER
