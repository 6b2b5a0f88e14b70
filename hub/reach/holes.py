"""Where the coming roster leaves an alarm unheard: the rules played ahead, at each moment that could change that."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.alarms.setting import Setting
from hub.escalation.plan import Scene
from hub.escalation.rules import RuleBook
from hub.escalation.simulate import rows
from hub.escalation.words import duration
from hub.people.localtime import period
from hub.roster.shift import Absence, Duty, Shift, on_duty

Say = Callable[..., str]
E = TypeVar("E", Shift, Absence)

AHEAD = timedelta(days=14)
KIND = "alarm"
_MINUTE = timedelta(minutes=1)
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hole:
    """Minutes in which an alarm in the unit would tell only so many of those on duty in time."""

    unit: str
    starts: datetime
    ends: datetime
    told: int


class Ahead:
    """Who is on duty at any moment of a roster: between two of its changes, that is found once."""

    def __init__(self, shifts: Collection[Shift], absences: Collection[Absence] = ()) -> None:
        entries: list[Shift | Absence] = [*shifts, *absences]
        self.changes = sorted({edge for one in entries for edge in (one.starts, one.ends)})
        self._shifts = self._by_state(shifts)
        self._absences = self._by_state(absences)
        self._known: dict[int, tuple[Duty, frozenset[str]]] = {}

    def _by_state(self, entries: Collection[E]) -> list[list[E]]:
        states: list[list[E]] = [[] for _ in range(len(self.changes) + 1)]
        for one in entries:
            for state in range(bisect_right(self.changes, one.starts), bisect_right(self.changes, one.ends)):
                states[state].append(one)
        return states

    def at(self, moment: datetime) -> Duty:
        return self._state(moment)[0]

    def working(self, moment: datetime) -> frozenset[str]:
        """Everybody who is on duty anywhere."""
        return self._state(moment)[1]

    def _state(self, moment: datetime) -> tuple[Duty, frozenset[str]]:
        state = bisect_right(self.changes, moment)
        if state not in self._known:
            duty = Duty(on_duty(self._shifts[state], moment, self._absences[state]))
            self._known[state] = duty, frozenset(one.person for one in duty.on_duty)
        return self._known[state]


def holes(
    setting: Setting, shifts: Collection[Shift], absences: Collection[Absence], first: datetime, end: datetime
) -> list[Hole]:
    """Every hole between two moments, the earliest first; a minute is judged by an alarm that is pressed as it begins.

    Whoever presses is not told, so an alarm reaches as few as it would if the one who is missed the most had pressed.
    """
    ahead = Ahead(shifts, absences)
    moments: dict[int, list[datetime]] = {}
    found: list[Hole] = []
    for unit in setting.site.units:
        limit = setting.limit(unit)
        if limit.within not in moments:
            between = _minute(first), _minute(end)
            moments[limit.within] = list(_moments(setting.book, limit.within, ahead.changes, *between))
        if limit.people:
            found += _of_unit(setting, ahead, unit, moments[limit.within])
    return sorted(found, key=lambda hole: (hole.starts, hole.unit))


def _of_unit(setting: Setting, ahead: Ahead, unit: str, moments: Sequence[datetime]) -> Iterator[Hole]:
    hole: Hole | None = None
    minimum = setting.limit(unit).people
    for at, until in pairwise(moments):
        told = fewest_told(setting, ahead, unit, at)
        if hole is not None and told == hole.told:
            hole = replace(hole, ends=until)
            continue
        if hole is not None:
            yield hole
        hole = Hole(unit, at, until, told) if told is not None and told < minimum else None
    if hole is not None:
        yield hole


def fewest_told(setting: Setting, ahead: Ahead, unit: str, at: datetime) -> int | None:
    """How many of those on duty an alarm would tell in time, whoever presses it; None where the unit is closed.

    Counted no further than the limit asks for.
    """
    here = dict.fromkeys(one.person for one in ahead.at(at).on_duty if one.unit == unit)
    if not here and setting.book.may_close:
        return None
    enough = setting.limit(unit).people
    # With one more than enough at once, it does not matter who of them presses.
    if here and _told(setting, ahead, unit, at, "", enough + 1, at_once=True) > enough:
        return enough
    fewest = enough
    for raiser in here or ("",):
        if not fewest:
            break
        fewest = min(fewest, _told(setting, ahead, unit, at, raiser, enough))
    return fewest


def _told(
    setting: Setting, ahead: Ahead, unit: str, at: datetime, raiser: str, enough: int, *, at_once: bool = False
) -> int:
    def scene(after: int) -> Scene:
        return setting.scene(unit, ahead.at(at + timedelta(seconds=after)), raiser, drill=False)

    told: set[str] = set()
    limit = 0 if at_once else setting.limit(unit).within
    for row in rows(setting.book, KIND, scene):
        if row.after > limit or len(told) >= enough:
            break
        # A leader at home and a guard company are told too; what the roster promises are those who are at work.
        working = ahead.working(at + timedelta(seconds=row.after))
        told |= {tell.who for tell in row.tell if not tell.contact and tell.who in working}
    return min(len(told), enough)


def _moments(
    book: RuleBook, within: int, changes: Sequence[datetime], first: datetime, end: datetime
) -> Iterator[datetime]:
    """The minutes from which the answer may be another than in the minute before, and both ends.

    A change of the roster matters to an alarm that is pressed then, and to one so much earlier that a step of it
    comes then.
    """
    delays = [timedelta(seconds=after) for after in _delays(book, within)]
    turns = {_minute(change - delay) for change in changes for delay in delays}
    yield from sorted({first, end} | {turn for turn in turns if first < turn < end})


def _delays(book: RuleBook, within: int) -> set[int]:
    """After how many seconds a step may come in time: whichever steps before it find somebody and are waited out."""
    delays = {0}
    for step in (*book.kind(KIND).steps, book.last_resort):
        delays |= {delay + step.next_after for delay in delays if delay + step.next_after <= within}
    return delays


def _minute(moment: datetime) -> datetime:
    """The moment itself if a minute begins then, else the next that does."""
    return moment + (_ZERO - moment) % _MINUTE


def spoken(hole: Hole, zone: ZoneInfo, within: int, say: Say) -> str:
    """A hole in plain words, by the clocks of the institution."""
    limit = duration(within, say)
    words = {"when": period(hole.starts, hole.ends, zone, say), "time": limit}
    if hole.told:
        return say("{when}: only {n} within {time}", **words, n=hole.told)
    return say("{when}: nobody within {time}", **words)
