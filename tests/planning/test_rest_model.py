"""The solver allows just what the finished roster's own rules allow, whatever the shifts and the agreement."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from zoneinfo import ZoneInfo

import pytest
from ortools.sat.python.cp_model import FEASIBLE, OPTIMAL, CpSolver

from hub.people.site import DutyState
from hub.planning.model import Model
from hub.planning.problem import DAY, Held, Post, Problem, Worker
from hub.planning.restmodel import add_rest
from hub.roster.rest import Agreement, Terms, breaches
from hub.roster.shift import Shift

ZONE = ZoneInfo("Europe/Copenhagen")
SUMMER_ENDS = date(2026, 10, 24)
LAW = Terms(date(2002, 7, 1), "law")
SHORT = Terms(date(2002, 7, 1), "local", short_rest=timedelta(hours=8), short_rests=1)
TIGHT = Terms(date(2002, 7, 1), "local", weekly_hours=timedelta(hours=2), months=1, most_between=timedelta(days=2))


def some_posts(chance: Random, many: int, within: int) -> list[Post]:
    """Shifts of any length at any half hour, over the night when summer time ends; none overlaps another."""
    found: list[Post] = []
    while len(found) < many:
        starts = datetime(2026, 10, 23, tzinfo=UTC) + timedelta(minutes=30 * chance.randrange(within * 48))
        ends = starts + timedelta(minutes=30 * chance.randrange(4, 28))
        duty = chance.choice([DutyState.ACTIVE, DutyState.ACTIVE, DutyState.SLEEPING, DutyState.STANDBY])
        if not any(post.meets((starts, ends)) for post in found):
            found.append(Post("nord", f"k{len(found)}", starts.astimezone(ZONE).date(), starts, ends, duty))
    return found


CASES = {"law, near": (LAW, 3), "law, a week": (LAW, 9), "short rests": (SHORT, 3), "tight": (TIGHT, 5)}


@pytest.mark.parametrize("case", CASES)
def test_every_choice_of_shifts_is_allowed_by_both_or_neither(case: str) -> None:
    assert differences(case, seed=1) == []


def differences(case: str, seed: int) -> list[str]:
    """Each choice of some shifts beside one that stands, which one of the two allows and the other does not."""
    terms, within = CASES[case]
    kept, *free = some_posts(Random(seed), 7, within)
    agreement = Agreement("a", "A", (terms,))
    held = Held("nord", kept.starts, kept.ends, kept.duty)
    worker = Worker("mette", ("nord",), agreement, 37.0, held=(held,))
    model = Model(Problem(ZONE, SUMMER_ENDS - DAY, 12, tuple(free), (), (worker,)))
    add_rest(model)
    if _broken(agreement, [kept]):
        return []
    return [
        f"{case} {seed}: {sorted(post.kind for post in chosen)}"
        for n in range(len(free) + 1)
        for chosen in combinations(free, n)
        if _allows(model, set(chosen)) is _broken(agreement, [kept, *chosen])
    ]


def _allows(model: Model, chosen: set[Post]) -> bool:
    cp = model.cp.clone()
    cp.add_bool_and(model.asks.values())
    for (_, post), literal in model.x.items():
        cp.add(literal == (post in chosen))
    solver = CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    return solver.solve(cp) in {OPTIMAL, FEASIBLE}


def _broken(agreement: Agreement, posts: list[Post]) -> bool:
    shifts = [Shift.of("plan", "mette", "nord", one.starts, one.ends, one.duty) for one in posts]
    return bool(breaches("mette", agreement, shifts, [], ZONE))
