"""What an alarm that is over amounted to, as its rows in the journal tell it: moments, steps and ways. Pure.

Nothing here names anybody: it is what statistics are made of, and can be made from the journal again at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub.alarms.alarm import ALARM, WATCH, Said
from hub.alarms.outcome import FalseBecause
from hub.storage.journal import Entry

_TENTH = timedelta(milliseconds=100)
_HEARD = ("received", "shown")
_CAME = (Said.COMING, Said.ARRIVED)


class Came(StrEnum):
    """How an alarm began."""

    PRESSED = "pressed"
    LONE = "lone"
    """Somebody who was alone gave no sign of life in time."""
    WATCH = "watch"
    """A watch that nobody closed in time."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One alarm; how long things took is in tenths of a second from the press, None where it never came to it."""

    institution: str
    alarm: str
    month: int
    weekday: int
    hour: int
    unit: str | None
    place: str | None
    kind: str
    drill: bool
    came: Came
    outcome: str | None
    withdrawn: bool
    heard: int | None
    answered: int | None
    arrived: int | None
    unanswered: int
    """How many steps were over before enough were coming."""
    empty: int
    """How many steps had nobody to tell."""
    reopened: int
    false_because: FalseBecause | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.weekday < 7 and 0 <= self.hour < 24):
            raise ValueError("a moment lies on a day of the week, at an hour of the day")


def month_of(local: datetime) -> int:
    """A month as one number, so that a year of them are twelve in a row."""
    return local.year * 12 + local.month - 1


def amount_of(entries: Sequence[Entry], zone: ZoneInfo) -> Amount | None:
    """What the rows of one alarm amount to; None unless they tell of its beginning and its end."""
    first = next((one for one in entries if one.event == "raised"), None)
    last = next((one for one in entries if one.event == "resolved"), None)
    if first is None or last is None or first.subject is None:
        return None
    facts, local = first.facts, first.at.astimezone(zone)
    told = [one for one in entries if first.seq < one.seq <= last.seq]
    risen = next((one for one in told if one.event == "became_alarm"), None)
    # What was said of a watch is not said of the alarm that it became: that begins anew.
    counted = [one for one in told if risen is None or one.seq > risen.seq]
    start = risen.at if risen is not None else first.at
    others = [one for one in counted if one.actor is not None and one.actor != first.actor]
    answers = [one for one in others if one.event == "answered" and one.facts.get("said") in _CAME]
    return Amount(
        institution=first.institution,
        alarm=first.subject,
        month=month_of(local),
        weekday=local.weekday(),
        hour=local.hour,
        unit=facts.get("unit"),
        place=facts.get("place"),
        kind=ALARM if risen is not None else facts["kind"],
        drill=bool(facts.get("drill")),
        came=_came(facts.get("lone"), watched=risen is not None and facts["kind"] == WATCH),
        outcome=last.facts.get("outcome"),
        withdrawn=any(one.event == "withdrawn" for one in told),
        heard=_after(start, [one for one in others if one.event in _HEARD]),
        answered=_after(start, answers),
        arrived=_after(start, [one for one in answers if one.facts["said"] == Said.ARRIVED]),
        unanswered=_unanswered(counted),
        empty=sum(len(one.facts.get("passed", ())) for one in (first, *told)),
        reopened=sum(1 for one in told if one.event == "reopened"),
        false_because=FalseBecause(last.facts["false_because"]) if "false_because" in last.facts else None,
    )


def _came(lone: object, *, watched: bool) -> Came:
    if lone is not None:
        return Came.LONE
    return Came.WATCH if watched else Came.PRESSED


def _after(start: datetime, entries: Sequence[Entry]) -> int | None:
    return max(0, (entries[0].at - start) // _TENTH) if entries else None


def _unanswered(entries: Sequence[Entry]) -> int:
    """Steps that went on because too few were coming; one that a forced withdrawal raised was not waited out."""
    steps = [one for one in entries if one.event in ("escalated", "duress")]
    forced = [before.event == "duress" for before in steps]
    return sum(
        1
        for index, one in enumerate(steps)
        if one.event == "escalated" and not (index and forced[index - 1] and steps[index - 1].at == one.at)
    )
