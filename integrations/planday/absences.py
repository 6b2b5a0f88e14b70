"""Who is away, as Planday records it: a record names the days, and on each of them the hours, that it is about."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from hub.ports import RosterRow

APPROVED, DECLINED = "Approved", "Declined"
# What is named for longer has an end that nobody meant.
LONGEST = timedelta(days=3 * 366)
_WHOLE_DAY = ("00:00", "24:00")


def is_record(entry: Any) -> bool:
    """Whether this is a record of absence and not a shift."""
    return isinstance(entry, dict) and ("registrations" in entry or "absencePeriod" in entry)


def wrong(record: Mapping[str, Any]) -> str | None:
    """What keeps a record from being understood."""
    if record.get("id") is None or record.get("employeeId") is None:
        return "is no absence with an id and an employeeId"
    if record.get("status") not in (APPROVED, DECLINED):
        return f"status: {str(record.get('status'))[:40]!r} is none that is known"
    if record["status"] == DECLINED:
        return None
    try:
        several = list(_days(record))
    except (TypeError, ValueError, KeyError, AttributeError):
        return "registrations, absencePeriod: name no days that can be read, like 2026-12-24"
    return None if several else "registrations: is empty, and absencePeriod ends before it begins or lasts for years"


def rows(record: Mapping[str, Any], place: str, kinds: Mapping[str, str], usual: str) -> Iterator[RosterRow]:
    """A row for each day of an approved record."""
    for day, (starts, ends), account in _days(record):
        yield RosterRow(
            place=place,
            person=str(record["employeeId"]),
            unit="",
            starts=f"{day} {starts}",
            ends=f"{day} {ends}",
            id=f"absence-{record['id']}-{day}-{starts}",
            absent=kinds.get(account, usual),
            by_the_clock=True,
        )


def _days(record: Mapping[str, Any]) -> Iterator[tuple[date, tuple[str, str], str]]:
    """Each day with its hours, and the account that it is taken from."""
    registrations = record.get("registrations") or ()
    for one in registrations:
        time, account = one.get("time") or {}, one.get("account") or {}
        hours = (time["start"], time["end"]) if time.get("start") and time.get("end") else _WHOLE_DAY
        yield _date(one["date"]), (_clock(hours[0]), _clock(hours[1])), str(account.get("id", ""))
    if not registrations:
        first, last = (_date(record["absencePeriod"][edge]) for edge in ("start", "end"))
        if last - first < LONGEST:
            for number in range((last - first).days + 1):
                yield first + timedelta(days=number), _WHOLE_DAY, ""


def _date(text: str) -> date:
    return date.fromisoformat(text[:10])


def _clock(text: str) -> str:
    """The time alone, also where the day stands before it."""
    return text.rpartition("T")[2]
