"""A plan as it is looked at: what each person has, which wishes are met, what is moved, and the file it goes into."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

from hub.planning.problem import Given, Need, Post, Problem, Want, Wish, Worker
from hub.roster.rest import merged_spans, within

COLUMNS = ("person", "unit", "from", "to", "duty")


@dataclass(frozen=True, slots=True)
class Has:
    """What one person has in the days of a plan."""

    person: str
    hours: timedelta
    """With what stands already."""
    contract: timedelta
    """Without the days that they are away."""
    nights: int
    weekends: int
    unmet: int
    """Wishes."""


def has(problem: Problem, given: Given) -> list[Has]:
    """What everybody has, in the order of the institution."""
    first, end = problem.span
    posts: dict[str, list[Post]] = {worker.person: [] for worker in problem.workers}
    for person, post in given:
        posts[person].append(post)
    missed = [wish.person for wish in unmet(problem, given)]
    return [
        Has(
            worker.person,
            sum((one.length for one in posts[worker.person]), timedelta())
            + sum((one.ends - one.starts for one in worker.held if first <= one.starts < end), timedelta()),
            timedelta(hours=worker.hours) * (problem.days / 7) * present(problem, worker),
            sum(one.night for one in posts[worker.person]),
            sum(one.weekend for one in posts[worker.person]),
            missed.count(worker.person),
        )
        for worker in problem.workers
    ]


def present(problem: Problem, worker: Worker) -> float:
    """How much of the days of the plan somebody is not away."""
    first, end = problem.span
    away = merged_spans([span for span, unit in worker.away if unit is None])
    return 1 - within(away, first, end) / (end - first)


def unmet(problem: Problem, given: Given) -> list[Wish]:
    """The wishes that a plan does not meet."""
    worked = {
        (wish, post)
        for wish in problem.wishes
        for person, post in given
        if person == wish.person and wish.concerns(post)
    }
    met = {wish for wish, _ in worked}
    return [wish for wish in problem.wishes if (wish in met) is (wish.want is Want.FREE)]


def open_posts(problem: Problem, given: Given) -> list[tuple[Need, int]]:
    """What is needed and not given, with how many are missing."""
    found = []
    for need in problem.needs:
        there = sum(post == need.post and (need.able is None or person in need.able) for person, post in given)
        if there < need.count:
            found.append((need, need.count - there))
    return found


def stays(problem: Problem) -> Given:
    """What of the plan before can stay: nobody who has it is away."""
    workers = {worker.person: worker for worker in problem.workers}
    posts = set(problem.posts)
    return frozenset(
        (person, post) for person, post in problem.before or () if post in posts and not workers[person].is_away(post)
    )


def least_moves(problem: Problem) -> int:
    """Fewer shifts than this cannot be moved: so many are nobody's once all stays that can."""
    missing: dict[Post, int] = {}
    for need, many in open_posts(problem, stays(problem)):
        if need.missing is None:
            missing[need.post] = max(many, missing.get(need.post, 0))
    return sum(missing.values())


def in_order(given: Iterable[tuple[str, Post]]) -> Sequence[tuple[str, Post]]:
    return sorted(given, key=lambda one: (one[1].starts, one[1].unit, one[1].kind, one[0]))


def written(problem: Problem, given: Given) -> str:
    """A plan as the CSV file that the source `plan` reads."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for person, post in in_order(given):
        starts, ends = (at.astimezone(problem.zone).isoformat(timespec="minutes") for at in post.span)
        lines.writerow((person, post.unit, starts, ends, post.duty.value))
    return text.getvalue()
