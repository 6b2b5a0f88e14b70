"""Danish time by the letter of the law, and a unit's rosters in it: what the hub's own reckoning is held against."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from random import Random

NORD = ("anna", "bo", "carl", "dina", "erik", "freja", "gitte", "hans")
SYD = ("ida", "jens", "karl")
HEADING = "person;unit;from;to;duty"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@cache
def changes(year: int) -> tuple[datetime, datetime]:
    """The clocks go forward and back at 01:00 UTC on the last Sundays of March and October."""
    return _last_sunday(year, 3), _last_sunday(year, 10)


def _last_sunday(year: int, month: int) -> datetime:
    last = date(year, month, 31)
    return datetime.combine(last - timedelta(days=last.isoweekday() % 7), datetime.min.time(), UTC) + HOUR


def moment(wall: datetime) -> datetime:
    """The moment at which the clock on the wall shows this, the first of the two where it comes twice."""
    summer = wall.replace(tzinfo=UTC) - 2 * HOUR
    forward, back = changes(wall.year)
    return summer if forward <= summer < back else summer + HOUR


@dataclass(frozen=True)
class Turn:
    """One person's shift as the roster's writer thinks of it: in the clock on the wall."""

    person: str
    unit: str
    duty: str
    begins: datetime
    over: datetime

    @cached_property
    def starts(self) -> datetime:
        return moment(self.begins)

    @cached_property
    def ends(self) -> datetime:
        return moment(self.over)

    @property
    def line(self) -> str:
        return ";".join(
            (self.person, self.unit, f"{self.begins:%d-%m-%Y %H:%M}", f"{self.over:%d-%m-%Y %H:%M}", self.duty)
        )


def week(rng: Random, monday: date) -> list[Turn]:
    """Three shifts a day, a sleeping night, a neighbour with one on duty, and a leader on standby."""
    turns: list[Turn] = []
    tired: Collection[str] = ()
    for n in range(7):
        midnight = datetime.combine(monday + timedelta(days=n), datetime.min.time())
        people = rng.sample(NORD, len(NORD))
        people.sort(key=lambda one: one in tired)  # nobody goes from the night straight to the day
        neighbours = rng.sample(SYD, len(SYD))
        seven, three, eleven, next_seven = (midnight + hours * HOUR for hours in (7, 15, 23, 31))
        turns += [Turn(one, "nord", "active", seven, three) for one in people[:3]]
        turns += [Turn(one, "nord", "active", three, eleven) for one in people[3:5]]
        turns.append(Turn(people[5], "nord", "active", eleven, next_seven))
        turns.append(Turn(people[6], "nord", "sleeping", eleven, next_seven))
        hours = ((seven, three), (three, eleven), (eleven, next_seven))
        turns += [Turn(one, "syd", "active", *when) for one, when in zip(neighbours, hours, strict=True)]
        turns.append(Turn("lone", "nord", "standby", three, next_seven))
        tired = people[5:7]
    return turns


def csv(turns: Iterable[Turn]) -> str:
    return "\n".join([HEADING, *(turn.line for turn in turns)])


class Rosters:
    """All that was ever written on the roster, week by week."""

    def __init__(self) -> None:
        self.weeks: dict[date, list[Turn]] = {}
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._running: list[Turn] = []

    def writes(self, monday: date, turns: list[Turn]) -> None:
        self.weeks[monday], self._until = turns, self._since

    def of(self, moment: datetime) -> list[Turn]:
        """The turns of the weeks around a moment."""
        monday = _monday(moment)
        return [*self.weeks.get(monday - timedelta(days=7), ()), *self.weeks.get(monday, ())]

    def running(self, now: datetime) -> list[Turn]:
        if not self._since <= now < self._until:
            turns = self.of(now)
            self._running = [turn for turn in turns if turn.starts <= now < turn.ends]
            bounds = [at for turn in turns for at in (turn.starts, turn.ends) if at > now]
            self._since, self._until = now, min(bounds, default=now)
        return self._running

    def on_duty(self, now: datetime) -> set[tuple[str, str, str]]:
        """Who is on duty where, and how."""
        return {(turn.person, turn.unit, turn.duty) for turn in self.running(now)}

    def since(self, person: str, now: datetime) -> datetime | None:
        """Since when somebody is on duty."""
        return min((turn.starts for turn in self.running(now) if turn.person == person), default=None)

    def swaps(self, old: Turn, person: str) -> Turn:
        """Somebody else takes the turn."""
        monday = _monday(old.starts)
        new = replace(old, person=person)
        self.writes(monday, [new if turn == old else turn for turn in self.weeks[monday]])
        return new


def wall(moment: datetime) -> datetime:
    """What the clock on the wall shows."""
    forward, back = changes(moment.year)
    return moment.astimezone(UTC).replace(tzinfo=None) + (2 if forward <= moment < back else 1) * HOUR


def _monday(moment: datetime) -> date:
    today = wall(moment).date()
    return today - timedelta(days=today.weekday())
