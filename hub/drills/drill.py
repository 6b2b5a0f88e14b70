"""A drill and its life, and the report of it: pure rules, with the moment as an argument."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.alarms.alarm import Alarm
from hub.errors import Conflict
from hub.storage.journal import Entry

# A hub that was down when the drill was due must not hold it in the middle of the night.
MISSED_AFTER = timedelta(minutes=10)
_HEARD = ("received", "shown")


class State(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Begun(Conflict):
    """The drill is no longer only planned."""

    code = "begun"


@dataclass(frozen=True, slots=True)
class Drill:
    """Practice for a unit: when, for how long, and the alarm that it raised."""

    institution: str
    id: str
    unit: str
    kind: str
    planned_by: str
    at: datetime
    lasts: timedelta
    outside: bool = False
    state: State = State.PLANNED
    alarm: str | None = None

    def __post_init__(self) -> None:
        if self.lasts <= timedelta():
            raise ValueError("a drill lasts for a while")
        if (self.alarm is not None) != (self.state in (State.RUNNING, State.ENDED)):
            raise ValueError("a drill has an alarm once it has begun")

    @property
    def due_at(self) -> datetime | None:
        """When the hub must act by itself; None once it is over."""
        if self.state is State.PLANNED:
            return self.at
        return self.at + self.lasts if self.state is State.RUNNING else None


def came_due(drill: Drill, now: datetime, alarm: str) -> Drill | None:
    """What the hub does by itself when the drill's time has come; `alarm` is the id that its alarm would get."""
    if drill.due_at is None or now < drill.due_at:
        return None
    if drill.state is State.RUNNING:
        return replace(drill, state=State.ENDED)
    if now - drill.at > MISSED_AFTER:
        return replace(drill, state=State.MISSED)
    return replace(drill, state=State.RUNNING, at=now, alarm=alarm)


def cancelled(drill: Drill) -> Drill:
    """A planned drill is not held."""
    if drill.state is State.CANCELLED:
        return drill
    if drill.state is not State.PLANNED:
        raise Begun("The drill has begun or is over: give its alarm the all clear instead.")
    return replace(drill, state=State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Line:
    """One person in a drill's report; None where they did not."""

    person: str
    heard_after: float | None
    answer: str | None
    answered_after: float | None


def report(alarm: Alarm, entries: Iterable[Entry]) -> list[Line]:
    """Who heard it after how many seconds, who answered, and who did not: as the journal tells it."""
    heard: dict[str, float] = {}
    answered: dict[str, tuple[str, float]] = {}
    for entry in entries:
        if entry.actor is None:
            continue
        after = round((entry.at - alarm.raised_at).total_seconds(), 3)
        if entry.event in _HEARD:
            heard.setdefault(entry.actor, after)
        elif entry.event == "answered" and "said" in entry.facts:
            # The first answer tells how quick they were; the last one, whether they came.
            answered[entry.actor] = (entry.facts["said"], answered.get(entry.actor, ("", after))[1])
    return [Line(who, heard.get(who), *answered.get(who, (None, None))) for who in alarm.told]
