"""Whether somebody's shifts leave them the rest that the law and their agreement ask for; pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.people.site import DutyState
from hub.roster.shift import Absence, Shift

DAY, WEEK = timedelta(days=1), timedelta(days=7)
Span = tuple[datetime, datetime]


class Rule(StrEnum):
    """What a roster can break."""

    DAILY_REST = "daily_rest"
    DAY_OFF = "day_off"
    WEEKLY_HOURS = "weekly_hours"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds from a day on, and where that is written."""

    since: date
    source: str
    daily_rest: timedelta = timedelta(hours=11)
    """Without a break, in the 24 hours before any moment of work."""
    short_rest: timedelta = timedelta(hours=11)
    short_rests: int = 0
    """So many times in seven days a rest may be as short as that."""
    day_off: timedelta = timedelta(hours=35)
    """A day off with a daily rest in front of it."""
    most_between: timedelta = timedelta(days=6)
    """From the end of one such rest to the beginning of the next."""
    weekly_hours: timedelta = timedelta(hours=48)
    months: int = 4
    """Over so many calendar months the weekly hours are averaged."""
    works: frozenset[DutyState] = frozenset({DutyState.ACTIVE, DutyState.SLEEPING})
    """The duties that are work; the others, such as standby at home, are rest."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A law or an agreement, with its terms from the oldest to the newest."""

    id: str
    name: str
    terms: tuple[Terms, ...]

    def at(self, day: date) -> Terms | None:
        """The terms in force on a day; None before the first."""
        return next((one for one in reversed(self.terms) if one.since <= day), None)


@dataclass(frozen=True, slots=True)
class RestBook:
    """Which agreement is whose."""

    agreements: Mapping[str, Agreement]
    default: str
    people: Mapping[str, str] = field(default_factory=dict)

    def of(self, person: str) -> Agreement:
        return self.agreements[self.people.get(person, self.default)]


@dataclass(frozen=True, slots=True)
class Breach:
    """One person has less rest, or more hours, than their agreement says, between two moments."""

    person: str
    agreement: str
    rule: Rule
    starts: datetime
    ends: datetime
    found: timedelta
    limit: timedelta

    @property
    def id(self) -> str:
        """The same breach has the same id, however often it is looked for; one that got worse is another."""
        said = f"{self.person} {self.agreement} {self.rule} {self.starts} {self.ends} {self.found}"
        return sha256(said.encode()).hexdigest()[:12]


def made_worse(before: Collection[Breach], after: Collection[Breach]) -> list[Breach]:
    """What a change of the roster breaks: what it broke no less before, somebody else is to answer for."""
    return [one for one in after if not any(_no_better(was, one) for was in before)]


def _no_better(was: Breach, one: Breach) -> bool:
    same = (was.person, was.rule) == (one.person, one.rule)
    bad = was.found >= one.found if one.rule is Rule.WEEKLY_HOURS else was.found <= one.found
    return same and bad and was.starts <= one.starts and was.ends >= one.ends


def breaches_of_all(
    book: RestBook, shifts: Collection[Shift], absences: Collection[Absence], zone: ZoneInfo
) -> list[Breach]:
    """Every breach in a roster, the earliest first."""
    theirs: dict[str, tuple[list[Shift], list[Absence]]] = {}
    for shift in shifts:
        theirs.setdefault(shift.person, ([], []))[0].append(shift)
    for absence in absences:
        if absence.person in theirs:
            theirs[absence.person][1].append(absence)
    found = [
        breach
        for person, (worked, away) in theirs.items()
        for breach in breaches(person, book.of(person), worked, away, zone)
    ]
    return sorted(found, key=lambda one: (one.ends, one.person, one.rule))


def breaches(
    person: str, agreement: Agreement, shifts: Collection[Shift], absences: Collection[Absence], zone: ZoneInfo
) -> list[Breach]:
    """What one person's shifts break; what is not known, before the first and after the last, counts as rest."""
    work = _work(agreement, shifts, absences, zone)
    found = [
        *_daily(agreement, work, zone),
        *_days_off(agreement, work, zone),
        *_weekly(agreement, work, merged_spans(_span(one) for one in absences if one.unit is None), zone),
    ]
    return [
        Breach(person, agreement.id, rule, starts, ends, least, limit) for rule, starts, ends, least, limit in found
    ]


_Found = tuple[Rule, datetime, datetime, timedelta, timedelta]


def worked(
    agreement: Agreement,
    shifts: Collection[Shift],
    absences: Collection[Absence],
    zone: ZoneInfo,
    first: datetime,
    end: datetime,
) -> timedelta:
    """How long somebody's shifts are work between two moments, what they are away from left out."""
    return within(_work(agreement, shifts, absences, zone), first, end)


def time_away(absences: Collection[Absence], first: datetime, end: datetime) -> timedelta:
    """How long somebody is away from everything between two moments."""
    return within(merged_spans(_span(one) for one in absences if one.unit is None), first, end)


def _work(agreement: Agreement, shifts: Collection[Shift], absences: Collection[Absence], zone: ZoneInfo) -> list[Span]:
    spans: list[Span] = []
    for shift in shifts:
        terms = agreement.at(shift.starts.astimezone(zone).date())
        if terms is not None and shift.duty in terms.works:
            away = merged_spans(_span(one) for one in absences if one.stands_against(shift))
            spans += without(_span(shift), away)
    return merged_spans(spans)


def _span(one: Shift | Absence) -> Span:
    # Hours are counted as they pass: in the nights when the clocks change, not by the clock.
    return one.starts.astimezone(UTC), one.ends.astimezone(UTC)


def without(span: Span, away: Sequence[Span]) -> Iterator[Span]:
    starts, ends = span
    for gone, back in away:
        if gone < ends and back > starts:
            if starts < gone:
                yield starts, gone
            starts = back
    if starts < ends:
        yield starts, ends


def merged_spans(spans: Iterator[Span] | Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for starts, ends in sorted(spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(ends, merged[-1][1])
        else:
            merged.append((starts, ends))
    return merged


def _daily(agreement: Agreement, work: Sequence[Span], zone: ZoneInfo) -> Iterator[_Found]:
    """Counted back from the end of each piece of work: there the least is left of the rest before it."""
    shortened: list[datetime] = []
    before = 0
    for n, (_, end) in enumerate(work):
        while work[before][1] <= end - DAY:
            before += 1
        terms = agreement.at(end.astimezone(zone).date())
        if terms is None:
            continue
        longest = _longest_rest(work[before : n + 1], end - DAY, end)
        if longest >= terms.daily_rest:
            continue
        shortened = [one for one in shortened if one > end - WEEK]
        if longest >= terms.short_rest and len(shortened) < terms.short_rests:
            shortened.append(end)
        else:
            yield Rule.DAILY_REST, end - DAY, end, longest, terms.daily_rest


def _longest_rest(work: Sequence[Span], first: datetime, end: datetime) -> timedelta:
    inside = [(max(starts, first), min(ends, end)) for starts, ends in work if starts < end and ends > first]
    edges = [(first, first), *inside, (end, end)]
    return max(after[0] - before[1] for before, after in pairwise(edges))


def _days_off(agreement: Agreement, work: Sequence[Span], zone: ZoneInfo) -> Iterator[_Found]:
    """A stretch of work lasts from one long rest to the next."""
    stretch: list[Span] = []
    for span in work:
        terms = agreement.at(span[0].astimezone(zone).date())
        if terms is not None and stretch and span[0] - stretch[-1][1] >= terms.day_off:
            yield from _too_long(agreement, stretch, zone)
            stretch = []
        stretch.append(span)
    if stretch:
        yield from _too_long(agreement, stretch, zone)


def _too_long(agreement: Agreement, stretch: Sequence[Span], zone: ZoneInfo) -> Iterator[_Found]:
    first, end = stretch[0][0], stretch[-1][1]
    terms = agreement.at(end.astimezone(zone).date())
    if terms is not None and end - first > terms.most_between:
        yield Rule.DAY_OFF, first, end, _longest_rest(stretch, first, end), terms.day_off


def _weekly(agreement: Agreement, work: Sequence[Span], away: Sequence[Span], zone: ZoneInfo) -> Iterator[_Found]:
    """Averaged over every run of calendar months; time away is taken out of it, as if it had not been."""
    if not work:
        return
    month, last = month_of(work[0][0], zone, -12), month_of(work[-1][1], zone)
    while month <= last:
        terms = agreement.at(month.date())
        if terms is not None:
            first, end = month.astimezone(UTC), month_of(month, zone, terms.months).astimezone(UTC)
            weeks = (end - first - within(away, first, end)) / WEEK
            worked = within(work, first, end)
            if worked and worked > terms.weekly_hours * weeks:
                average = worked / weeks if weeks else worked
                yield Rule.WEEKLY_HOURS, first, end, average, terms.weekly_hours
        month = month_of(month, zone, 1)


def month_of(moment: datetime, zone: ZoneInfo, later: int = 0) -> datetime:
    """The first midnight of the month, or of one so many months later."""
    local = moment.astimezone(zone)
    months = local.year * 12 + local.month - 1 + later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=zone)


def within(spans: Sequence[Span], first: datetime, end: datetime) -> timedelta:
    inside = (min(ends, end) - max(starts, first) for starts, ends in spans if starts < end and ends > first)
    return sum(inside, timedelta())
