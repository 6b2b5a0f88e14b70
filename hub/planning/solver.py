"""Makes a plan, moves as little as possible of one, or proves that there is none and names the rules in conflict."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from ortools.sat.python.cp_model import (
    FEASIBLE,
    INFEASIBLE,
    OPTIMAL,
    CpModel,
    CpSolver,
    CpSolverSolutionCallback,
    CpSolverStatus,
    IntVar,
    LinearExpr,
)

from hub.planning.costmodel import add_costs
from hub.planning.limitmodel import add_limits
from hub.planning.model import Model
from hub.planning.outcome import least_moves, stays
from hub.planning.problem import (
    DAY,
    Ask,
    Costs,
    Given,
    Impossible,
    Plan,
    Post,
    Problem,
    Progress,
    Unknown,
    Worker,
    moved,
)
from hub.planning.restmodel import add_rest

Tell = Callable[[Progress], None]
# A shift that is moved costs more than all wishes together.
A_MOVE = 1_000_000
# Each question on the way to the smallest set of rules in conflict gets so many seconds at most.
ONE_QUESTION = 20.0


def solve(
    problem: Problem, seconds: float, tell: Tell = lambda _: None, workers: int | None = None
) -> Plan | Impossible | Unknown:
    """The cheapest plan that is found in the time; with a plan before it, the one that moves the fewest shifts."""
    threads = workers or os.cpu_count() or 1
    search = _Search(_whole(problem), tell, threads)
    found = search.moving_least(seconds) if problem.before is not None else search.cheapest(seconds)
    if not isinstance(found, Impossible):
        return found
    # A conflict of a few days is found in them alone, in a small part of the time that all days together take.
    for part in _parts(problem):
        near = _Search(_whole(part), tell, threads)
        if isinstance(near.cheapest(ONE_QUESTION), Impossible):
            return near.conflict(seconds)
    return search.conflict(seconds)


def _whole(problem: Problem) -> Model:
    model = Model(problem)
    add_rest(model)
    add_limits(model)
    add_costs(model)
    return model


def _parts(problem: Problem) -> Iterator[Problem]:
    """The problem of fewer days, with nothing in it that is only impossible because the others are missing."""
    for days in (1, 2, 4, 7):
        for first in range(0, problem.days - days + 1, (days + 1) // 2):
            begin = problem.first + DAY * first
            posts = tuple(post for post in problem.posts if begin <= post.day < begin + DAY * days)
            yield replace(
                problem,
                posts=posts,
                needs=tuple(need for need in problem.needs if need.post in posts),
                workers=tuple(_without_least(worker, posts) for worker in problem.workers),
                wishes=(),
                costs=Costs(0, 0, 0),
                before=None,
            )


def _without_least(worker: Worker, posts: Collection[Post]) -> Worker:
    limits = replace(worker.limits, least_hours=None, least_in_a_row=None, least_days_off=None)
    return replace(worker, limits=limits, locked=worker.locked & frozenset(posts))


class _Search:
    """A model, and the seconds that have gone into it."""

    def __init__(self, model: Model, tell: Tell, workers: int) -> None:
        self.model = model
        self.tell = tell
        self.workers = workers
        self.spent = 0.0

    def cheapest(self, seconds: float) -> Plan | Impossible | Unknown:
        return self._least(self._asked(), LinearExpr.sum(self.model.costs), seconds)

    def moving_least(self, seconds: float) -> Plan | Impossible | Unknown:
        """As few moved as possible, and of those plans the cheapest.

        First with all that can stay in its place: that is soon found, and often nothing moves less.
        """
        before = self.model.problem.before or frozenset()
        least = least_moves(self.model.problem)
        near = self._moving(self._asked(), seconds, keeps=stays(self.model.problem), hints=before)
        if isinstance(near, Plan) and near.moved == least:
            return replace(near, least_moved=True)
        hints = near.given if isinstance(near, Plan) else before
        far = self._moving(self._asked(), seconds - self.spent, keeps=frozenset(), hints=hints)
        return near if isinstance(far, Unknown) and isinstance(near, Plan) else far

    def _moving(self, cp: CpModel, seconds: float, keeps: Given, hints: Given) -> Plan | Impossible | Unknown:
        before = self.model.problem.before or frozenset()
        new = [literal for key, literal in self.model.x.items() if key not in before]
        for key, literal in self.model.x.items():
            cp.add_hint(literal, key in hints)
            if key in keeps:
                cp.add(literal == 1)
        found = self._least(cp, A_MOVE * LinearExpr.sum(new) + LinearExpr.sum(self.model.costs), seconds)
        if not isinstance(found, Plan):
            return found
        many = len(moved(before, found.given))
        cost, bound = found.cost - A_MOVE * many, max(0, found.bound - A_MOVE * many)
        proved = not keeps and found.bound > A_MOVE * (many - 1)
        return replace(found, cost=cost, bound=bound, moved=many, least_moved=proved)

    def _asked(self) -> CpModel:
        """The model with everything that is asked switched on."""
        cp = self.model.cp.clone()
        cp.add_bool_and(self.model.asks.values())
        return cp

    def _least(self, cp: CpModel, cost: LinearExpr, seconds: float) -> Plan | Impossible | Unknown:
        cp.minimize(cost)
        solver, heard = self._solver(seconds), _Heard(self.tell, self.spent)
        status = solver.solve(cp, heard)
        self.spent += solver.wall_time
        if status == INFEASIBLE:
            return Impossible((), smallest=False, seconds=self.spent)
        if status not in {OPTIMAL, FEASIBLE}:
            return Unknown(self.spent)
        least, bound = round(solver.objective_value), round(solver.best_objective_bound)
        return Plan(self.model.given(solver.boolean_value), least, bound, self.spent, heard.first or self.spent)

    def _solver(self, seconds: float) -> CpSolver:
        solver = CpSolver()
        solver.parameters.max_time_in_seconds = max(seconds, 0.1)
        solver.parameters.num_workers = self.workers
        return solver

    def conflict(self, seconds: float) -> Impossible:
        """The smallest set of rules that cannot be kept together.

        Each round takes the fewest rules that could be it: at least one out of every set of rules whose absence is
        known to leave a plan. If those can be kept, the rules that had to go for it are one more such set.
        """
        spared: list[frozenset[Ask]] = []
        until = self.spent + seconds
        while self.spent < until:
            wanted = self._one_of_each(spared)
            without = self._spare(wanted)
            if without is None:
                break
            if not without:
                return Impossible(tuple(wanted), smallest=True, seconds=self.spent)
            spared.append(without)
            self.tell(Progress(self.spent, None, len(wanted)))
        return Impossible((), smallest=False, seconds=self.spent)

    def _one_of_each(self, sets: Sequence[Collection[Ask]]) -> list[Ask]:
        cp = CpModel()
        chosen = {ask: cp.new_bool_var("") for one in sets for ask in one}
        for one in sets:
            cp.add_bool_or([chosen[ask] for ask in one])
        cp.minimize(sum(chosen.values()))
        solver = self._solver(ONE_QUESTION)
        solver.solve(cp)
        self.spent += solver.wall_time
        return [ask for ask, literal in chosen.items() if solver.boolean_value(literal)]

    def _spare(self, wanted: Collection[Ask]) -> frozenset[Ask] | None:
        """The fewest rules that keep the wanted ones from being kept; empty if these never can, None if not found."""
        cp = self.model.cp.clone()
        cp.add_bool_and([self.model.asks[ask] for ask in wanted])
        others: dict[Ask, IntVar] = {ask: on for ask, on in self.model.asks.items() if ask not in wanted}
        cp.maximize(sum(others.values()))
        solver = self._solver(ONE_QUESTION)
        status = solver.solve(cp)
        self.spent += solver.wall_time
        if status == INFEASIBLE:
            return frozenset()
        return self._off(solver, status, others)

    def _off(self, solver: CpSolver, status: CpSolverStatus, others: dict[Ask, IntVar]) -> frozenset[Ask] | None:
        if status not in {OPTIMAL, FEASIBLE}:
            return None
        return frozenset(ask for ask, on in others.items() if not solver.boolean_value(on))


class _Heard(CpSolverSolutionCallback):
    """Passes on each better plan."""

    def __init__(self, tell: Tell, before: float) -> None:
        super().__init__()
        self.first: float | None = None
        self._tell = tell
        self._before = before

    def on_solution_callback(self) -> None:
        seconds = self._before + self.wall_time
        self.first = seconds if self.first is None else self.first
        self._tell(Progress(seconds, round(self.objective_value), round(self.best_objective_bound)))
