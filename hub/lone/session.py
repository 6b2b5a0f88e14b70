"""A lone worker's session and its life: pure rules from one state to the next, with the moment as an argument.

A session that is not over always has a moment at which the hub acts by itself, and only a sign of life moves it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.alarms.trigger import Position, canonical
from hub.errors import Conflict, Invalid

GRACE = timedelta(minutes=2)
REMINDER = timedelta(minutes=5)
# A short session is reminded of in its last fifth, or the reminder would come with the start.
LAST_PART = 5
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=12)
LONGEST_GRACE = timedelta(hours=1)
WHERE_LENGTH = 200
PURPOSE_LENGTH = 500


class State(StrEnum):
    RUNNING = "running"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    ALARMED = "alarmed"
    ENDED = "ended"


class Event(StrEnum):
    """What happens in a session's life."""

    STARTED = "started"
    REMINDER = "reminder"
    GRACE = "grace"
    EXTENDED = "extended"
    CHECKED_IN = "checked_in"
    ALARMED = "alarmed"
    ENDED = "ended"


OVER = (State.ALARMED, State.ENDED)


class Over(Conflict):
    """The session was ended."""

    code = "over"


class RanOut(Conflict):
    """The session's time and its grace have passed without a sign of life."""

    code = "ran_out"


@dataclass(frozen=True, slots=True)
class Begin:
    """What somebody asks for who goes alone; the device makes the id, so that a retry finds the same session."""

    id: str
    length: timedelta
    place: str | None = None
    purpose: str | None = None
    position: Position | None = None
    grace: timedelta = GRACE

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", canonical(self.id))
        if not SHORTEST <= self.length <= LONGEST:
            raise Invalid(
                f"minutes: a session lasts at most {LONGEST // timedelta(hours=1)} hours: extend it on the way"
            )
        if not timedelta() <= self.grace <= LONGEST_GRACE:
            raise Invalid(f"grace: 0 to {LONGEST_GRACE // timedelta(seconds=1)} seconds")
        if len(self.place or "") > WHERE_LENGTH:
            raise Invalid(f"place: at most {WHERE_LENGTH} characters")
        if len(self.purpose or "") > PURPOSE_LENGTH:
            raise Invalid(f"purpose: at most {PURPOSE_LENGTH} characters")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is alone for a while: where, until when, and since when there has been no sign of life."""

    id: str
    institution: str
    person: str
    starts: datetime
    length: timedelta
    ends_at: datetime
    alive_at: datetime
    grace: timedelta = GRACE
    unit: str | None = None
    place: str | None = None
    """The id of a place of the site."""
    where: str | None = None
    """Any other place, in the person's own words."""
    purpose: str | None = None
    state: State = State.RUNNING
    version: int = 1
    position: Position | None = None
    alarm: str | None = None
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.alive_at >= self.ends_at:
            raise ValueError("a session ends after its last sign of life")
        if self.running == (self.ended_at is not None) or (self.state is State.ALARMED) == (self.alarm is None):
            raise ValueError("a session is over at a moment, and one that ran out has an alarm")
        if self.position is not None and not self.running:
            raise ValueError("nobody is located whose session is over")

    @property
    def running(self) -> bool:
        """Whether the hub still waits for a sign of life."""
        return self.state not in OVER

    @property
    def reminds_at(self) -> datetime:
        return self.ends_at - min(REMINDER, (self.ends_at - self.alive_at) / LAST_PART)

    @property
    def alarms_at(self) -> datetime:
        return self.ends_at + self.grace

    @property
    def due_at(self) -> datetime | None:
        """When the hub must act by itself; None once it is over."""
        if self.state is State.RUNNING:
            return self.reminds_at
        if self.state is State.REMINDED:
            return self.ends_at
        return self.alarms_at if self.state is State.OVERDUE else None

    @property
    def note(self) -> str | None:
        """What those who come should know, in the person's own words: it stays inside the house."""
        return " · ".join(part for part in (self.purpose, self.where) if part) or None


@dataclass(frozen=True, slots=True)
class Change:
    """One fact about a session: the event, and the session after it."""

    event: Event
    session: Session


def started(begin: Begin, institution: str, person: str, unit: str | None, place: str | None, now: datetime) -> Change:
    """The session begins now; without `place`, the id of a known place, the person's own words are kept."""
    session = Session(
        id=begin.id,
        institution=institution,
        person=person,
        starts=now,
        length=begin.length,
        ends_at=now + begin.length,
        alive_at=now,
        grace=begin.grace,
        unit=unit,
        place=place,
        where=begin.place if place is None else None,
        purpose=begin.purpose,
        position=begin.position,
    )
    return Change(Event.STARTED, session)


def checked_in(session: Session, now: datetime, until: datetime | None = None) -> Change:
    """A sign of life: the session's whole length begins anew, or it now ends when the person says."""
    _refuse_over(session, now)
    return _alive(Event.CHECKED_IN, session, now, until or max(session.ends_at, now + session.length))


def extended(session: Session, by: timedelta, now: datetime) -> Change:
    """The end moves by so much, and never counts from a moment that has passed."""
    _refuse_over(session, now)
    if by < SHORTEST:
        raise Invalid("minutes: write how many more")
    return _alive(Event.EXTENDED, session, now, max(session.ends_at, now) + by)


def ended(session: Session, now: datetime) -> Change | None:
    """The person is safe and alone no more; None when they had said so already."""
    if session.state is State.ENDED:
        return None
    _refuse_over(session, now)
    return Change(Event.ENDED, _over(session, State.ENDED, now))


def located(session: Session, position: Position, now: datetime) -> Session:
    """The session with its newest position; a session that is over takes none."""
    _refuse_over(session, now)
    return replace(session, position=position)


def came_due(session: Session, now: datetime, alarm: str) -> Change | None:
    """What the hub does by itself when the session's time has come; None when it has not.

    `alarm` is the id that its alarm would get. After a long stop of the hub it goes straight to what is due by now.
    """
    if session.due_at is None or now < session.due_at:
        return None
    if now >= session.alarms_at:
        return Change(Event.ALARMED, _over(session, State.ALARMED, now, alarm))
    if now >= session.ends_at:
        return Change(Event.GRACE, _moved(session, State.OVERDUE))
    return Change(Event.REMINDER, _moved(session, State.REMINDED))


def _alive(event: Event, session: Session, now: datetime, ends_at: datetime) -> Change:
    if not now < ends_at <= now + LONGEST:
        raise Invalid(f"the end must be ahead, and at most {LONGEST // timedelta(hours=1)} hours")
    after = replace(session, alive_at=now, ends_at=ends_at, state=State.RUNNING, version=session.version + 1)
    return Change(event, after)


def _over(session: Session, state: State, now: datetime, alarm: str | None = None) -> Session:
    return replace(session, state=state, ended_at=now, alarm=alarm, position=None, version=session.version + 1)


def _moved(session: Session, state: State) -> Session:
    return replace(session, state=state, version=session.version + 1)


def _refuse_over(session: Session, now: datetime) -> None:
    if session.state is State.ENDED:
        raise Over("The session has ended: start a new one.")
    # Even if the hub has not come round to it yet: nothing said now unsays that the time ran out.
    if session.state is State.ALARMED or now >= session.alarms_at:
        raise RanOut("The time ran out, so the hub raises the alarm: if you are safe, withdraw the alarm.")
