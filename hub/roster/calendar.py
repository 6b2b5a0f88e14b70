"""A person's shifts as a calendar that other programs subscribe to (RFC 5545); pure."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime

from hub.roster.shift import Absence, DutyState, Shift

Say = Callable[..., str]

# Octets, without the break itself (3.1).
LONGEST_LINE = 75


def calendar(
    name: str,
    shifts: Sequence[Shift],
    absences: Collection[Absence],
    units: Callable[[str], str],
    now: datetime,
    say: Say,
) -> str:
    """The shifts as events; what somebody is away from altogether is not among them.

    Every time is a moment in UTC, which every program shows by the clock on the wall, whatever night it is.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tryghedshub//Vagtplan//DA",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for shift in shifts:
        if not any(_wholly(one, shift) for one in absences):
            lines += _event(shift, units(shift.unit), now, say)
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _event(shift: Shift, unit: str, now: datetime, say: Say) -> list[str]:
    duty = duty_word(shift.duty, say)
    title = say("Shift: {unit}", unit=unit) if shift.duty is DutyState.ACTIVE else f"{duty}: {unit}"
    return [
        "BEGIN:VEVENT",
        f"UID:{shift.id}@tryghedshub",
        f"DTSTAMP:{_moment(now)}",
        f"SEQUENCE:{shift.version - 1}",
        f"DTSTART:{_moment(shift.starts)}",
        f"DTEND:{_moment(shift.ends)}",
        f"SUMMARY:{_text(title)}",
        f"LOCATION:{_text(unit)}",
        f"CATEGORIES:{shift.duty.value}",
        "END:VEVENT",
    ]


def duty_word(duty: DutyState, say: Say) -> str:
    """A duty as people say it."""
    words = {
        DutyState.ACTIVE: say("Active duty"),
        DutyState.SLEEPING: say("Sleeping night duty"),
        DutyState.STANDBY: say("On standby"),
        DutyState.TELEPHONE: say("On telephone duty"),
    }
    return words[duty]


def _wholly(one: Absence, shift: Shift) -> bool:
    return one.stands_against(shift) and one.starts <= shift.starts and shift.ends <= one.ends


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A TEXT value (3.3.11): what would end it is escaped, and what cannot be shown left out."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(letter for letter in escaped if letter.isprintable())


def _folded(line: str) -> Iterator[str]:
    """The line in pieces that are short enough, no letter parted in two."""
    piece, size = "", 0
    for letter in line:
        more = len(letter.encode())
        if size + more > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += more
    yield piece
