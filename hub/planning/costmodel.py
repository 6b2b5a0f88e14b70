"""What a plan costs: wishes that are not met, and people who have more or less than their share."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from ortools.sat.python.cp_model import IntVar, LinearExpr

from hub.planning.model import MINUTE, Model
from hub.planning.outcome import present
from hub.planning.problem import Held, Need, Post, Want, Wish, Worker


def add_costs(model: Model) -> None:
    """Wishes, and how evenly hours, nights and weekends fall."""
    for wish in model.problem.wishes:
        _wish(model, wish)
    for group in groups(model.problem.workers):
        _share(model, group)


def groups(workers: Sequence[Worker]) -> list[list[Worker]]:
    """Those who share work with each other: a unit in common, or someone between them."""
    found: list[tuple[set[str], list[Worker]]] = []
    for worker in workers:
        units, together = set(worker.units), [worker]
        for other in [one for one in found if one[0] & units]:
            found.remove(other)
            units |= other[0]
            together = [*other[1], *together]
        found.append((units, together))
    return [together for _, together in found]


def _wish(model: Model, wish: Wish) -> None:
    concerned = [literal for post, literal in model.stand.get(wish.person, ()) if wish.concerns(post)]
    if wish.want is Want.FREE and concerned:
        worked = concerned[0] if len(concerned) == 1 else model.flag()
        for literal in concerned[1:] and concerned:
            model.cp.add_implication(literal, worked)
        model.costs.append(wish.cost * worked)
    elif wish.want is Want.WORK:
        missed = model.flag()
        model.cp.add_bool_or([missed, *concerned])
        model.costs.append(wish.cost * missed)


@dataclass(frozen=True, slots=True)
class _Part:
    """What is shared out: how much of it a post is, what a deviation costs, and how much of one is none."""

    of: Callable[[Post | Held], int]
    cost: int
    slack: int
    unit: int = 1
    """The deviation is counted in so many."""


def _share(model: Model, group: Sequence[Worker]) -> None:
    costs = model.problem.costs
    units = {unit for worker in group for unit in worker.units}
    needs = [need for need in model.problem.needs if need.able is None and need.post.unit in units and need.count]
    if not needs:
        return
    half = min(need.post.length for need in needs) // 2 // MINUTE
    parts = (
        _Part(lambda one: (one.ends - one.starts) // MINUTE, costs.hours, half, 60),
        _Part(lambda one: int(isinstance(one, Post) and one.night), costs.nights, 0),
        _Part(lambda one: int(isinstance(one, Post) and one.weekend), costs.weekends, 0),
    )
    weights = {worker.person: worker.hours * present(model.problem, worker) for worker in group}
    for part in parts:
        if part.cost:
            _even(model, group, part, needs, weights)


def _even(model: Model, group: Sequence[Worker], part: _Part, needs: Iterable[Need], weights: dict[str, float]) -> None:
    asked = sum(part.of(need.post) * need.count for need in needs)
    held = {worker.person: _held(model, worker, part) for worker in group}
    total, people = asked + sum(held.values()), sum(weights.values())
    if not people or not total:
        return
    for worker in group:
        share = total * weights[worker.person] / people
        terms = [part.of(post) * literal for post, literal in model.stand[worker.person] if part.of(post)]
        if terms:
            _between(model, LinearExpr.sum(terms) + held[worker.person], share, part, total)


def _held(model: Model, worker: Worker, part: _Part) -> int:
    span = model.problem.span
    inside = (one for one in worker.held if span[0] <= one.starts < span[1] and model.is_work(worker, one))
    return sum(part.of(one) for one in inside)


def _between(model: Model, has: LinearExpr, share: float, part: _Part, most: int) -> None:
    low, high = floor(share) - part.slack, ceil(share) + part.slack
    beside: IntVar = model.count(most // part.unit + 1)
    model.cp.add(has - part.unit * beside <= high)
    model.cp.add(has + part.unit * beside >= low)
    model.costs.append(part.cost * beside)
