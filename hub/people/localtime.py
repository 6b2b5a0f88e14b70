"""Times as people write them, in the institution's own time zone, made into moments."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Say = Callable[..., str]

FIRST_YEAR, LAST_YEAR = 2000, 2199  # outside these a date is a typing error

_ISO_DAY = r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_DANISH_DAY = r"(?P<day>\d{1,2})[-./](?P<month>\d{1,2})[-./](?P<year>\d{4})"
_DAY = re.compile(_ISO_DAY), re.compile(_DANISH_DAY)
_ISO = re.compile(
    _ISO_DAY + r"[T ]\s*(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?\s*"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_DANISH = re.compile(
    _DANISH_DAY + r"[T ]\s*(?:kl\.?\s*)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?P<offset>)",
    re.IGNORECASE,
)


def moment(written: datetime, zone: ZoneInfo) -> datetime:
    """The moment a datetime means: by its own offset, or else by the institution's clocks.

    A local time that comes twice, in the autumn night when the clocks go back, means the first of the two; one
    that never comes, in the spring night, is refused. ValueError tells the writer what to write instead.
    """
    if not FIRST_YEAR <= written.year <= LAST_YEAR:
        raise ValueError(f"the year {written.year} cannot be meant; write one from {FIRST_YEAR} to {LAST_YEAR}")
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    meant = written.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = meant.astimezone(zone).replace(tzinfo=None)
    if shown != written:
        raise ValueError(
            f"{written:%Y-%m-%d %H:%M} never comes in {zone.key}, where the clocks go forward that night; "
            f"write {shown:%H:%M}, or give an offset such as {written:%Y-%m-%dT%H:%M:%S}+01:00"
        )
    return meant


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins."""
    return datetime.combine(day, time(), zone)


def read_day(text: str) -> date:
    """The day that a text such as "2026-11-22" or "22-11-2026" means; ValueError where it means none."""
    match = _DAY[0].fullmatch(text.strip()) or _DAY[1].fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no day; write it like 2026-11-22 or 22-11-2026')
    day = date(*(int(match[part]) for part in ("year", "month", "day")))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"the year {day.year} cannot be meant; write one from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def shown(at: datetime, zone: str) -> str:
    """A moment as the clocks of a time zone show it, to the minute."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """The moment that a text such as "2026-11-22 07:00" or "22-11-2026 07.00" means; ValueError tells the mend."""
    match = _ISO.fullmatch(text.strip()) or _DANISH.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no date and time; write it like 2026-11-22T07:00 or 22-11-2026 07:00')
    year, month, day, hour, minute, second = (
        int(match[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    midnight = (hour, minute, second) == (24, 0, 0)  # rosters end a day at 24:00
    written = (
        f"{year:04}-{month:02}-{day:02}T{0 if midnight else hour:02}:{minute:02}:{second:02}{match['offset'] or ''}"
    )
    try:
        read = datetime.fromisoformat(written.upper()) + timedelta(days=midnight)
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is not in the calendar or not on the clock; look at the day and the hour') from None
    return moment(read, zone)


def period(starts: datetime, ends: datetime, zone: ZoneInfo, say: Say) -> str:
    """From when until when, with the day of the week, by the clock on the wall."""
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    day = day_word(first, say)
    begins = f"{day[0].upper()}{day[1:]} {_clock(first, say)}"
    if first.date() == last.date():
        return f"{begins}–{_clock(last, say)}"
    return f"{begins} – {day_word(last, say)} {_clock(last, say)}"


def day_word(local: date, say: Say) -> str:
    """A day with its name, such as mandag 23/11."""
    return f"{day_name(local.weekday(), say)} {local.day}/{local.month}"


def day_name(weekday: int, say: Say) -> str:
    """A day of the week; 0 is Monday."""
    days = (
        say("Monday"),
        say("Tuesday"),
        say("Wednesday"),
        say("Thursday"),
        say("Friday"),
        say("Saturday"),
        say("Sunday"),
    )
    return days[weekday]


def _clock(local: datetime, say: Say) -> str:
    """A time; in the hour that comes twice, which of the two."""
    shown = f"{local:%H:%M}"
    twice = local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset()
    if not twice:
        return shown
    return say("{time} (summer time)", time=shown) if local.fold == 0 else say("{time} (winter time)", time=shown)
