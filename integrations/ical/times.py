"""The times of an iCalendar file, and when an event that repeats comes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from integrations.ical.lines import Property, Unreadable

FIRST_YEAR, LAST_YEAR = 2000, 2199
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"),
    "BYSETPOS",
}
# The calendar comes again after so many years, to the weekday: a rule that never comes is looked for through what is
# then left of the years that Python knows, and not through eight thousand of them.
_COMES_AGAIN = 400
_LAST_OF_ALL = 9_900
# What Outlook and Exchange write for the zones that a Danish municipality's calendar can be in.
_WINDOWS = {
    "romance standard time": "Europe/Copenhagen",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "fle standard time": "Europe/Helsinki",
    "greenland standard time": "America/Nuuk",
    "utc": "UTC",
}
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_LASTS = re.compile(r"\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.ASCII)


class NeverComes(Unreadable):
    """A rule that no day keeps."""


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long an event lasts: days by the calendar, the rest by the clock."""

    days: timedelta
    exact: timedelta
    by_the_wall: bool = False
    """Whether it ends at the same time on the wall in every night, as shifts do, also when the clocks change."""


def zone_of(name: str, line: int) -> ZoneInfo:
    """The time zone that a TZID means; Unreadable if nobody can tell."""
    # Some programs put the name of whoever made the definition before it: /citadel.org/20250101_1/Europe/Copenhagen.
    words = name.strip("/").split("/")
    for known in (name, _WINDOWS.get(name.casefold(), ""), "/".join(words[-2:]), "/".join(words[-3:])):
        try:
            return ZoneInfo(known)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise Unreadable(line, f'TZID: "{name[:60]}" is no time zone that is known; write one like Europe/Copenhagen')


def local(prop: Property, value: str, floating: ZoneInfo) -> tuple[datetime, ZoneInfo, bool]:
    """A DATE-TIME or DATE as a time on the wall, in which zone, and whether it is a whole day."""
    match = _TIME.fullmatch(value.strip())
    if match is None:
        raise Unreadable(prop.line, f'"{value[:40]}" is no time; write it like 20261122T070000')
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unreadable(prop.line, f"the year {year} cannot be meant; write one from {FIRST_YEAR} to {LAST_YEAR}")
    try:
        # A leap second is the last second of its minute for everyone here.
        clock = (int(match[4]), int(match[5]), min(int(match[6]), 59)) if match[4] is not None else (0, 0, 0)
        wall = datetime(year, month, day, *clock)  # noqa: DTZ001 - which zone's wall is told beside it
    except ValueError:
        raise Unreadable(prop.line, f'"{value}" is not in the calendar or not on the clock') from None
    if match[7]:
        return wall, ZoneInfo("UTC"), False
    tzid = prop.parameters.get("TZID")
    return wall, zone_of(tzid, prop.line) if tzid else floating, match[4] is None


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a time on the wall; one that comes twice means the first, one that never comes the hour after."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def end_of(wall: datetime, zone: ZoneInfo, lasts: Lasts) -> datetime:
    """When an event that begins then is over."""
    if lasts.by_the_wall:
        return moment(wall + lasts.days + lasts.exact, zone)
    return moment(wall + lasts.days, zone) + lasts.exact


def duration(prop: Property) -> Lasts:
    """A DURATION: weeks and days by the calendar, hours and minutes by the clock."""
    match = _LASTS.fullmatch(prop.value.strip())
    if match is None or not any(match.groups()):
        raise Unreadable(prop.line, f'"{prop.value[:40]}" is no duration; write it like PT8H')
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Lasts(timedelta(weeks=weeks, days=days), timedelta(hours=hours, minutes=minutes, seconds=seconds))


def occurrences(prop: Property, wall: datetime, zone: ZoneInfo, first: datetime, end: datetime) -> Iterator[datetime]:
    """When the rule lets an event that first came at `wall` come, from `first` and before `end`, on its own wall."""
    parts = _rule(prop)
    last = min(_until(parts.pop("UNTIL", None), prop, zone), end.astimezone(zone).replace(tzinfo=None))
    start = first.astimezone(zone).replace(tzinfo=None)
    begins = wall if "COUNT" in parts else _nearer(wall, start, parts)
    years = (_LAST_OF_ALL - begins.year) // _COMES_AGAIN * _COMES_AGAIN
    try:
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        rule = rrulestr(text, dtstart=begins.replace(year=begins.year + years))
    except (ValueError, KeyError, TypeError, IndexError):
        raise Unreadable(prop.line, f'RRULE: "{prop.value[:80]}" is no rule; look at its parts') from None
    came = None
    for came in rule:
        back = came.replace(year=came.year - years)
        if back > last:
            return
        if back >= start:
            yield back
    if came is None:
        raise NeverComes(prop.line, f'RRULE: "{prop.value[:80]}" names a day that never comes; look at its parts')


def _rule(prop: Property) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in prop.value.upper().strip().strip(";").split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS or not value or name in parts or len(value) > 200:
            raise Unreadable(prop.line, f'RRULE: "{part[:40]}" is nothing that a roster repeats by; take it out')
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise Unreadable(prop.line, f"RRULE: a shift comes at most once a day; write FREQ as {', '.join(FREQUENCIES)}")
    for name, most in (("INTERVAL", 1000), ("COUNT", 100_000)):
        if name in parts and not (parts[name].isascii() and parts[name].isdigit() and 0 < int(parts[name]) <= most):
            raise Unreadable(prop.line, f"RRULE: {name} must be a number from 1 to {most}")
    return parts


def _nearer(wall: datetime, start: datetime, parts: dict[str, str]) -> datetime:
    """A day from which the same days follow: years of daily shifts that are over need not be counted through."""
    if parts["FREQ"] not in ("DAILY", "WEEKLY") or start <= wall:
        return wall
    turn = 7 * int(parts.get("INTERVAL", "1"))
    return wall + timedelta(days=max(0, (start - wall).days - turn) // turn * turn)


def _until(value: str | None, prop: Property, zone: ZoneInfo) -> datetime:
    if value is None:
        return datetime.max  # noqa: DTZ901 - no moment, but the last day on any wall
    wall, meant, whole_day = local(Property(value, {}, prop.line), value, zone)
    if whole_day:
        return wall + timedelta(days=1) - timedelta(seconds=1)
    return moment(wall, meant).astimezone(zone).replace(tzinfo=None)


def listed(props: Sequence[Property], floating: ZoneInfo) -> tuple[set[datetime], set[date]]:
    """The moments, and the whole days, of RDATE or EXDATE."""
    moments: set[datetime] = set()
    days: set[date] = set()
    for prop in props:
        for value in prop.value.split(","):
            if "/" in value:
                raise Unreadable(prop.line, "lists periods; list the times at which the shift begins")
            wall, zone, whole_day = local(prop, value, floating)
            if whole_day:
                days.add(wall.date())
            else:
                moments.add(moment(wall, zone))
    return moments, days
