"""A problem as constraints of CP-SAT: who can stand what, what is needed, and the switch of each thing asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from hub.planning.problem import DAY, Ask, Asks, Given, Held, Post, Problem, Worker
from hub.roster.rest import Rule, Span

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some hours that a person works if the literal holds."""

    span: Span
    works: IntVar
    day: date
    kept: bool = False
    """Whether it stands already, so that it is nobody's to decide."""

    def meets(self, other: Span) -> bool:
        return self.span[0] < other[1] and self.span[1] > other[0]


class Model:
    """The constraints, with what they are about; `asks` switches each thing asked on or off."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.cp = CpModel()
        self.asks: dict[Ask, IntVar] = {}
        self.x: dict[tuple[str, Post], IntVar] = {}
        self.always, self.never = self.cp.new_constant(1), self.cp.new_constant(0)
        self.stand: dict[str, list[tuple[Post, IntVar]]] = {}
        self.costs: list[LinearExpr] = []
        for worker in problem.workers:
            self.stand[worker.person] = list(self._posts_of(worker))
            self._apart(worker)
        self._needs()

    def on(self, ask: Ask) -> IntVar:
        """The switch of something that is asked."""
        if ask not in self.asks:
            self.asks[ask] = self.cp.new_bool_var(f"ask {len(self.asks)}")
        return self.asks[ask]

    def count(self, most: int) -> IntVar:
        return self.cp.new_int_var(0, most, "")

    def flag(self) -> IntVar:
        return self.cp.new_bool_var("")

    def pieces(self, worker: Worker) -> list[Piece]:
        """What the person works, or can be given, in the order of time; what their agreement calls rest is left out."""
        found = [
            Piece(post.span, literal, post.day)
            for post, literal in self.stand[worker.person]
            if self.is_work(worker, post)
        ]
        found += [
            Piece(held.span, self.held(worker, held), self.day(held), kept=True)
            for held in worker.held
            if self.is_work(worker, held)
        ]
        return sorted(found, key=lambda one: one.span)

    def is_work(self, worker: Worker, one: Post | Held) -> bool:
        terms = worker.agreement.at(self.day(one))
        return terms is None or one.duty in terms.works

    def day(self, one: Post | Held) -> date:
        return one.starts.astimezone(self.problem.zone).date()

    def held(self, worker: Worker, held: Held) -> IntVar:
        """What stands in the days of the plan is asked; what was before it, or comes after, is so."""
        first, end = self.problem.span
        return self.locked(worker) if first <= held.starts < end else self.always

    def locked(self, worker: Worker) -> IntVar:
        return self.on(Ask(Asks.LOCKED, person=worker.person))

    def rest(self, worker: Worker, rule: Rule) -> IntVar:
        return self.on(Ask(Asks.REST, rule=rule, agreement=worker.agreement.id))

    def limit(self, worker: Worker, name: str) -> IntVar:
        return self.on(Ask(Asks.LIMIT, person=worker.person, limit=name))

    def given(self, value: Callable[[IntVar], bool]) -> Given:
        return frozenset(key for key, literal in self.x.items() if value(literal))

    def _posts_of(self, worker: Worker) -> Iterable[tuple[Post, IntVar]]:
        for post in self.problem.posts:
            if self.problem.can_stand(worker, post):
                literal = self.x[worker.person, post] = self.flag()
                if worker.is_away(post):
                    self.cp.add_implication(self.on(Ask(Asks.AWAY, person=worker.person)), ~literal)
                if post in worker.locked:
                    self.cp.add_implication(self.locked(worker), literal)
                yield post, literal

    def _apart(self, worker: Worker) -> None:
        """Nobody is in two places at once."""
        posts = self.stand[worker.person]
        for post, _ in posts:
            self.cp.add_at_most_one(other for at, other in posts if at.starts <= post.starts < at.ends)
        for held in worker.held:
            for post, literal in posts:
                if post.meets(held.span):
                    self.cp.add_implication(self.held(worker, held), ~literal)

    def _needs(self) -> None:
        for need in self.problem.needs:
            able = [
                self.x[worker.person, need.post]
                for worker in self.problem.workers
                if (need.able is None or worker.person in need.able) and (worker.person, need.post) in self.x
            ]
            there = LinearExpr.sum(able)
            if need.missing is None:
                self.cp.add(there >= need.count * self.on(Ask(Asks.NEED, need=need)))
            elif need.count:
                short = self.count(need.count)
                self.cp.add(there + short >= need.count)
                self.costs.append(need.missing * short)
            if need.able is None and need.over:
                above = self.count(max(0, need.most - need.count))
                self.cp.add(there - above <= need.count)
                self.costs.append(need.over * above)
            elif need.able is None:
                self.cp.add(there <= need.most)

    @cached_property
    def days(self) -> Sequence[date]:
        return [self.problem.first + DAY * n for n in range(self.problem.days)]

    def by_day(self, worker: Worker) -> dict[date, list[IntVar]]:
        """What begins on each day of the plan, or stood before it."""
        every = [(post.day, literal) for post, literal in self.stand[worker.person]]
        every += [(self.day(held), self.held(worker, held)) for held in worker.held]
        every.sort(key=lambda one: one[0])
        return {day: [literal for _, literal in found] for day, found in groupby(every, lambda one: one[0])}
