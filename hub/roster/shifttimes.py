"""When a shift begins and ends, as a form asks it: a day and two times on the clock, a night ending on the next day."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.people.entry import Entry
from hub.people.faults import say
from hub.people.localtime import moment
from hub.roster.shift import Shift
from hub.roster.understood import LONGEST_SHIFT


def times(entry: Entry, zone: ZoneInfo, now: datetime, before: Shift | None) -> tuple[datetime, datetime] | None:
    """The two moments, or None if something is wrong with them, which then stands beside its field."""
    day, first, last = entry.day("day", needed=True), _clock(entry, "from"), _clock(entry, "to")
    if day is None or first is None or last is None:
        return None
    end_day = entry.day("last_day") if entry.raw("last_day") else day + timedelta(days=last <= first)
    starts = _moment(entry, "from", datetime.combine(day, first), zone, before.starts if before else None)
    if end_day is None or starts is None:
        return None
    ends = _moment(entry, "to", datetime.combine(end_day, last), zone, before.ends if before else None)
    if ends is None:
        return None
    if ends <= starts:
        entry.wrong("to", say("The shift ends before it begins: look at both days."))
    elif ends - starts > LONGEST_SHIFT:
        entry.wrong("to", say("A shift lasts {n} days at most: divide it.", n=LONGEST_SHIFT.days))
    elif ends <= now:
        entry.wrong("to", say("This is over already: what was, stays written down."))
    elif starts < now and (before is None or starts != before.starts):
        at = now.astimezone(zone) + timedelta(minutes=1)
        entry.wrong("from", say("What has been, stays written down: write {time} or later.", time=f"{at:%H:%M}"))
    return starts, ends


def as_written(at: datetime, zone: ZoneInfo) -> datetime:
    """A moment as the form shows it."""
    return at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def _moment(entry: Entry, key: str, written: datetime, zone: ZoneInfo, before: datetime | None) -> datetime | None:
    # What nobody has touched stays, to the second, and in the hour that comes twice stays which of the two it was.
    if before is not None and as_written(before, zone) == written:
        return before
    try:
        return moment(written, zone)
    except ValueError:
        entry.wrong(key, say("The clocks go forward that night, and this time never comes: write another."))
        return None


def _clock(entry: Entry, key: str) -> time | None:
    try:
        at = time.fromisoformat(entry.raw(key).strip().replace(".", ":"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        entry.wrong(key, say("Write a time like 07:00."))
        return None
    return at.replace(second=0, microsecond=0)
