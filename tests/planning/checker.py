"""Holds a plan to the rules as they are written, minute by minute, with nothing of how it was made.

The rules' text: in every period of 24 hours, counted back from any moment of work, 11 hours of unbroken rest; a day
off joined to a daily rest, at most six days between two; 48 hours a week at most on average over four calendar months;
nobody in two places, nobody at work while away, nobody moved from what is locked; and at every hour, in each unit, as
many as are asked for, with the competences that are asked for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf

from hub.planning.problem import Given, Held, Post, Problem, Worker

STEP = timedelta(minutes=15)
BEFORE = timedelta(days=15)
A_DAY, A_REST = 24 * 4, 11 * 4
DAY_OFF, BETWEEN = 35 * 4, 6 * 24 * 4
AVERAGE, MONTHS = 48, 4
NO_WORK = {"standby", "telephone"}


@dataclass(frozen=True)
class Checked:
    """The law's figures, which a test may change as an agreement does."""

    rest: int = A_REST
    short: int = A_REST
    shorts: int = 0
    day_off: int = DAY_OFF
    between: int = BETWEEN


def broken(problem: Problem, given: Given, law: Checked = Checked()) -> list[str]:
    """Everything that a plan breaks, in a few words each."""
    posts: dict[str, list[Post]] = {worker.person: [] for worker in problem.workers}
    for person, post in given:
        posts[person].append(post)
    found = [
        text
        for worker in problem.workers
        for text in (*_own(worker, posts[worker.person]), *_rest(problem, worker, posts[worker.person], law))
    ]
    return [*found, *_covered(problem, given)]


def _own(worker: Worker, posts: list[Post]) -> Iterator[str]:
    times: Counter[datetime] = Counter()
    for post in posts:
        if post.unit not in worker.units:
            yield f"{worker.person} is not of {post.unit}"
        times.update(_quarters(post.starts, post.ends))
        for (gone, back), unit in worker.away:
            if unit in (None, post.unit) and any(gone <= at < back for at in _quarters(post.starts, post.ends)):
                yield f"{worker.person} is away at {post.starts}"
    for held in worker.held:
        times.update(_quarters(held.starts, held.ends))
    yield from (f"{worker.person} is in two places at {at}" for at, n in times.items() if n > 1)
    yield from (f"{worker.person} has lost {post.day}" for post in worker.locked - set(posts))


def _quarters(starts: datetime, ends: datetime) -> Iterator[datetime]:
    at = starts.astimezone(UTC)
    while at < ends:
        yield at
        at += STEP


def _rest(problem: Problem, worker: Worker, posts: Iterable[Post], law: Checked) -> Iterator[str]:
    first, end = (at.astimezone(UTC) for at in problem.span)
    work: set[datetime] = set()
    stands: list[Post | Held] = [*posts, *worker.held]
    for one in stands:
        if one.duty not in NO_WORK:
            work |= set(_quarters(one.starts, one.ends))
    line = [first - BEFORE + n * STEP for n in range((end - first + 2 * BEFORE) // STEP)]
    yield from _daily(worker.person, line, work, law)
    yield from _days_off(worker.person, line, work, law)
    months: Counter[tuple[int, int]] = Counter()
    for at in work:
        local = at.astimezone(problem.zone)
        months[local.year, local.month] += 1
    for year, month in months:
        hours = sum(months[year + (month + n - 1) // 12, (month + n - 1) % 12 + 1] for n in range(MONTHS)) / 4
        if hours > AVERAGE * _weeks(problem, worker, year, month):
            yield f"{worker.person} works {hours} h in four months from {year}-{month}"


def _weeks(problem: Problem, worker: Worker, year: int, month: int) -> float:
    first = datetime(year, month, 1, tzinfo=problem.zone).astimezone(UTC)
    later = month + MONTHS - 1
    end = datetime(year + later // 12, later % 12 + 1, 1, tzinfo=problem.zone).astimezone(UTC)
    gone: set[datetime] = set()
    for (starts, ends), unit in worker.away:
        if unit is None:
            gone |= {at for at in _quarters(starts, ends) if first <= at < end}
    return (end - first - len(gone) * STEP) / timedelta(days=7)


def _daily(person: str, line: list[datetime], work: set[datetime], law: Checked) -> Iterator[str]:
    """At each quarter of work, a long enough run of free ones ends no more than 24 hours after it could have begun."""
    free, last, last_short = 0, -inf, -inf
    shortened: list[int] = []
    for n, at in enumerate(line):
        if at not in work:
            free += 1
            last = n if free >= law.rest else last
            last_short = n if free >= law.short else last_short
            continue
        free = 0
        if line[n + 1] in work or _lies_within(n, last, law.rest):
            continue
        shortened = [one for one in shortened if n - one < 7 * A_DAY]
        if _lies_within(n, last_short, law.short) and len(shortened) < law.shorts:
            shortened.append(n)
        else:
            yield f"{person} has too little rest before {at}"


def _lies_within(n: int, last: float, length: int) -> bool:
    return last - length + 1 > n - A_DAY


def _days_off(person: str, line: list[datetime], work: set[datetime], law: Checked) -> Iterator[str]:
    free, began = law.day_off, 0
    for n, at in enumerate(line):
        if at not in work:
            free += 1
            continue
        if free >= law.day_off:
            began = n
        free = 0
        if n + 1 - began > law.between and line[n + 1] not in work:
            yield f"{person} has had no day off since {line[began]}, at {at}"


def _covered(problem: Problem, given: Given) -> Iterator[str]:
    """Hour by hour, by who is in the unit then and not by which post they stand."""
    there: dict[tuple[str, datetime], set[str]] = {}
    for person, post in given:
        for at in _quarters(post.starts, post.ends):
            there.setdefault((post.unit, at), set()).add(person)
    for need in problem.needs:
        if need.missing is not None:
            continue
        for at in _quarters(need.post.starts, need.post.ends):
            present = there.get((need.post.unit, at), set())
            counted = present if need.able is None else present & need.able
            if len(counted) < need.count or (need.able is None and len(counted) > need.most):
                yield f"{need.post.unit} has {len(counted)} of {need.count} {need.competence or ''} at {at}"
