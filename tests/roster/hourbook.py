"""Rest rules reckoned by hand, hour by hour, from what the rules say and from nothing of the hub's."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hub.roster.rest import Agreement, Rule
from hub.roster.shift import Absence, Shift
from tests.roster.outside import ZONE

HOUR = timedelta(hours=1)
# A breach as it is told here: the rule, from which hour until which, and how many hours were found.
Told = tuple[Rule, datetime, datetime, float]


class HourBook:
    """Somebody's hours, each either worked or not; every time in it is a whole hour."""

    def __init__(self, agreement: Agreement, shifts: Collection[Shift], absences: Collection[Absence]) -> None:
        (self.terms,) = agreement.terms
        self.first = min((one.starts for one in shifts), default=datetime(2026, 1, 1, tzinfo=UTC))
        self.first = self.first.astimezone(UTC) - 400 * 24 * HOUR
        last = max((one.ends for one in shifts), default=self.first).astimezone(UTC) + 200 * 24 * HOUR
        self.hours = [False] * ((last - self.first) // HOUR)
        self.away = [False] * len(self.hours)
        for one in absences:
            if one.unit is None:
                for hour in self._of(one):
                    self.away[hour] = True
        for shift in shifts:
            if shift.duty in self.terms.works:
                gone = {h for one in absences if one.unit in (None, shift.unit) for h in self._of(one)}
                for hour in self._of(shift):
                    self.hours[hour] |= hour not in gone

    def _of(self, one: Shift | Absence) -> range:
        hours = [(at.astimezone(UTC) - self.first) // HOUR for at in (one.starts, one.ends)]
        return range(max(0, hours[0]), min(len(self.hours), hours[1]))

    def _at(self, hour: int) -> datetime:
        return self.first + hour * HOUR

    def breaches(self) -> list[Told]:
        return sorted([*self._daily(), *self._days_off(), *self._weekly()], key=lambda one: (one[0], one[1]))

    def _daily(self) -> list[Told]:
        found: list[Told] = []
        shortened: list[int] = []
        for hour in range(24, len(self.hours)):
            if self.hours[hour - 1] and not self.hours[hour]:
                rest = longest(self.hours[hour - 24 : hour])
                recent = [one for one in shortened if one > hour - 168]
                if rest * HOUR >= self.terms.daily_rest:
                    continue
                if rest * HOUR >= self.terms.short_rest and len(recent) < self.terms.short_rests:
                    shortened.append(hour)
                else:
                    found.append((Rule.DAILY_REST, self._at(hour - 24), self._at(hour), rest))
        return found

    def _days_off(self) -> list[Told]:
        """Cuts the hours at every rest that is long enough, and measures what is between."""
        pieces: list[tuple[int, int]] = []
        begun, rest = -1, 0
        for hour, worked in enumerate(self.hours):
            rest = 0 if worked else rest + 1
            if worked and begun < 0:
                begun = hour
            if begun >= 0 and rest * HOUR >= self.terms.day_off:
                pieces.append((begun, hour + 1 - rest))
                begun = -1
        between = self.terms.most_between // HOUR
        return [
            (Rule.DAY_OFF, self._at(a), self._at(b), longest(self.hours[a:b])) for a, b in pieces if b - a > between
        ]

    def _weekly(self) -> list[Told]:
        local = [self._at(hour).astimezone(ZONE) for hour in range(len(self.hours))]
        months = [hour for hour, at in enumerate(local) if (at.day, at.hour) == (1, 0)]
        found: list[Told] = []
        for first, end in zip(months, months[self.terms.months :], strict=False):
            worked = sum(self.hours[first:end])
            weeks = (end - first - sum(self.away[first:end])) / 168
            if worked and worked > weeks * (self.terms.weekly_hours / HOUR):
                found.append((Rule.WEEKLY_HOURS, self._at(first), self._at(end), worked / weeks if weeks else worked))
        return found


def longest(hours: Sequence[bool]) -> int:
    """The longest run of hours in which nobody worked."""
    return max((len(list(run)) for worked, run in groupby(hours) if not worked), default=0)
