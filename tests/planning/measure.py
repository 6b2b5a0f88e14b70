"""Measures planning: python -m tests.planning.measure [plan] [sick] [impossible] [benchmark] [exact]; or all of them.

The home has 60 people and 3 units and is planned for 4 weeks, on two threads, and every plan is held to the rules by a
checker that knows nothing of how it was made. Exit code 1 if a plan breaks a rule or one of the times is not kept.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import pstdev
from time import perf_counter, process_time

from rich.console import Console
from rich.table import Table

from hub.planning import outcome
from hub.planning.making import make
from hub.planning.problem import HOUR, Given, Impossible, Plan, Problem
from hub.planning.solver import solve
from hub.planning.words import spoken
from hub.roster.restfile import shipped
from hub.roster.shift import Absence, Away, Shift
from hub.web.render import catalogue
from tests.planning.benchmark import BEST_KNOWN, instance
from tests.planning.checker import broken
from tests.planning.greedy import greedy
from tests.planning.homes import FIRST, home
from tests.planning.test_rest_model import CASES, differences

SIZE = 60, 3, 28
PLAN_WITHIN, SICK_WITHIN = 60.0, 10.0
# What is left of these times goes into building the model.
PLAN_SEARCH, SICK_SEARCH = 45.0, 6.0
OUT = Console(width=120)


def plan() -> Iterator[str]:
    """A whole plan, beside what somebody makes from the top of the list downwards."""
    _, _, problem = home(*SIZE)
    began, work = perf_counter(), process_time()
    found = solve(problem, PLAN_SEARCH, workers=2)
    took, work = perf_counter() - began, process_time() - work
    if not isinstance(found, Plan):
        yield f"no plan was found in {took:.1f} s"
        return
    began = perf_counter()
    by_hand = greedy(problem)
    table = Table("60 people, 3 units, 4 weeks", "planned", "greedy")
    table.add_row("seconds", f"{took:.1f}", f"{perf_counter() - began:.1f}")
    table.add_row("seconds of work, on two threads", f"{work:.1f}", "")
    table.add_row("seconds until the first plan", f"{took - found.seconds + found.first_after:.1f}", "")
    for name, of in FIGURES.items():
        table.add_row(name, of(problem, found.given), of(problem, by_hand))
    table.add_row("cost, and a proof that none is less than", f"{found.cost} ({found.bound})", "")
    OUT.print(table)
    if broken(problem, found.given) or took > PLAN_WITHIN:
        yield f"the plan took {took:.1f} s and breaks {len(broken(problem, found.given))} rules"


def _hard(problem: Problem, given: Given) -> str:
    found = broken(problem, given)
    # A post without people is said apart.
    return str(len([text for text in found if " of " not in text]))


def _spread(of: Callable[[outcome.Has], float]) -> Callable[[Problem, Given], str]:
    def spread(problem: Problem, given: Given) -> str:
        found = [of(one) for one in outcome.has(problem, given)]
        return f"{min(found):.3g} – {max(found):.3g} (± {pstdev(found):.2g})"

    return spread


FIGURES: dict[str, Callable[[Problem, Given], str]] = {
    "shifts": lambda _, given: str(len(given)),
    "breaches of rest, absence and place": _hard,
    "shifts that nobody has": lambda problem, given: str(sum(n for _, n in outcome.open_posts(problem, given))),
    "wishes not met": lambda problem, given: f"{len(outcome.unmet(problem, given))} of {len(problem.wishes)}",
    "hours of those by contract": _spread(lambda one: one.hours / one.contract),
    "nights": _spread(lambda one: one.nights),
    "shifts in weekends": _spread(lambda one: one.weekends),
}


def sick() -> Iterator[str]:
    """Somebody falls ill for a week in the middle of a plan."""
    there, file, problem = home(*SIZE)
    first = solve(problem, PLAN_SEARCH, workers=2)
    if not isinstance(first, Plan):
        yield "there is no plan to fall ill in"
        return
    gone = problem.span[0] + timedelta(days=10)
    back = gone + timedelta(days=7)
    lost = {
        worker.person: sum(who == worker.person and at.meets((gone, back)) for who, at in first.given)
        for worker in problem.workers
    }
    ill = max(lost, key=lambda who: (lost[who], who))
    stands = [Shift.of("plan", who, at.unit, *at.span, at.duty) for who, at in first.given]
    anew = make(file, there, shipped(), stands, [Absence.of("csv", ill, None, gone, back, Away.SICK)], again=True)
    began, work = perf_counter(), process_time()
    again = solve(anew, SICK_SEARCH, workers=2)
    took, work = perf_counter() - began, process_time() - work
    if not isinstance(again, Plan):
        yield f"the sick call left no plan: {again}"
        return
    proof = ", proved the fewest" if again.least_moved else ""
    OUT.print(
        f"Sick call: {ill} is away for a week and loses {lost[ill]} shifts; planned anew in {took:.1f} s "
        f"({work:.1f} s of work), {again.moved} of {len(first.given)} shifts moved{proof}, "
        f"{len(broken(anew, again.given))} rules broken."
    )
    if broken(anew, again.given) or took > SICK_WITHIN:
        yield f"the sick call took {took:.1f} s"


def impossible() -> Iterator[str]:
    """More are asked for than there are, one Saturday night and the day after."""
    need = '[[need]]\nunit = "nord"\nkind = "{}"\ndates = [{}]\ncount = {}\n'
    saturday = FIRST + timedelta(days=12)
    there, _, problem = home(*SIZE, need.format("nat", saturday, 12) + need.format("dag", saturday + HOUR * 24, 11))
    began = perf_counter()
    found = solve(problem, 60, workers=2)
    took = perf_counter() - began
    if not isinstance(found, Impossible) or not found.smallest:
        yield f"the rules in conflict were not found: {found}"
        return
    OUT.print(f"Impossible, told in {took:.1f} s; the smallest set in conflict, proved:")
    for one in found.because:
        OUT.print(f"  - {spoken(one, problem, there, shipped(), catalogue('en'))}")


def benchmark() -> Iterator[str]:
    """The published instance, to its proof."""
    began = perf_counter()
    found = solve(instance(), 120, workers=2)
    took = perf_counter() - began
    if not isinstance(found, Plan):
        yield "the published instance was not solved"
        return
    gap = (found.cost - BEST_KNOWN) / BEST_KNOWN
    proof = "proved the least" if found.best else f"none costs less than {found.bound}"
    OUT.print(
        f"Instance1 (Curtois and Qu): {found.cost}, best known {BEST_KNOWN}, gap {gap:.1%}, {proof}; {took:.1f} s."
    )
    if gap:
        yield "the published instance costs more than it need"


def exact() -> Iterator[str]:
    """Random shifts over the night when the clocks change: the solver allows just what the rules allow."""
    seeds = range(100, 110)
    wrong = [text for seed in seeds for case in CASES for text in differences(case, seed)]
    many = len(seeds) * len(CASES) * 64
    OUT.print(f"{many} choices of shifts, of which the solver and the rules judge {len(wrong)} differently.")
    yield from wrong


PARTS = {part.__name__: part for part in (plan, sick, impossible, benchmark, exact)}


def main(words: list[str]) -> int:
    faults = [fault for word in words or PARTS for fault in PARTS[word]()]
    for fault in faults:
        OUT.print(f"[red]{fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
