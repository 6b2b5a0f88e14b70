"""What one person can be given in the days of a plan, as constraints."""

from collections.abc import Sequence
from datetime import date, timedelta

from ortools.sat.python.cp_model import IntVar

from hub.planning.model import MINUTE, Model
from hub.planning.problem import DAY, HOUR, Worker


def add_limits(model: Model) -> None:
    """Everybody's own limits, each of which can be named when no plan keeps it."""
    for worker in model.problem.workers:
        _hours(model, worker)
        _kinds(model, worker)
        limits = worker.limits
        if (limits.most_in_a_row, limits.least_in_a_row, limits.least_days_off, limits.most_weekends) != (None,) * 4:
            days = _days(model, worker)
            _most_in_a_row(model, worker, days)
            _least_in_a_row(model, worker, days)
            _weekends(model, worker, days)


def _hours(model: Model, worker: Worker) -> None:
    span, limits = model.problem.span, worker.limits
    inside = [one for one in worker.held if span[0] <= one.starts < span[1] and model.is_work(worker, one)]
    held = sum(((one.ends - one.starts) // MINUTE for one in inside), 0)
    minutes = [
        (post.length // MINUTE) * literal for post, literal in model.stand[worker.person] if model.is_work(worker, post)
    ]
    if limits.most_hours is not None:
        most = max(0, _minutes(limits.most_hours) - held)
        model.cp.add(sum(minutes) <= most).only_enforce_if(model.limit(worker, "most_hours"))
    if limits.least_hours is not None:
        least = _minutes(limits.least_hours) - held
        model.cp.add(sum(minutes) >= least).only_enforce_if(model.limit(worker, "least_hours"))


def _minutes(hours: float) -> int:
    return timedelta(hours=hours) // (HOUR / 60)


def _kinds(model: Model, worker: Worker) -> None:
    for kind, most in worker.limits.most_shifts.items():
        of_kind = [literal for post, literal in model.stand[worker.person] if post.kind == kind]
        model.cp.add(sum(of_kind) <= most).only_enforce_if(model.limit(worker, "most_shifts"))


def _days(model: Model, worker: Worker) -> list[IntVar]:
    """Whether something begins on each day of the plan."""
    begins = model.by_day(worker)
    found = []
    for day in model.days:
        worked = model.flag()
        model.cp.add_max_equality(worked, begins.get(day, [model.never]))
        found.append(worked)
    return found


def _most_in_a_row(model: Model, worker: Worker, days: Sequence[IntVar]) -> None:
    most = worker.limits.most_in_a_row
    if most is None:
        return
    begins = model.by_day(worker)
    before = [model.always if (model.problem.first - DAY * n) in begins else model.never for n in range(most, 0, -1)]
    row = [*before, *days]
    for n in range(len(row) - most):
        model.cp.add(sum(row[n : n + most + 1]) <= most).only_enforce_if(model.limit(worker, "most_in_a_row"))


def _least_in_a_row(model: Model, worker: Worker, days: Sequence[IntVar]) -> None:
    """No run of days, worked or off, is shorter than asked, unless it may go on beyond the plan."""
    for name, least, run in (
        ("least_in_a_row", worker.limits.least_in_a_row, list(days)),
        ("least_days_off", worker.limits.least_days_off, [~day for day in days]),
    ):
        for length in range(1, least or 1):
            for n in range(1, len(run) - length):
                inside = [~day for day in run[n : n + length]]
                longer = model.cp.add_bool_or([run[n - 1], *inside, run[n + length]])
                longer.only_enforce_if(model.limit(worker, name))


def _weekends(model: Model, worker: Worker, days: Sequence[IntVar]) -> None:
    most = worker.limits.most_weekends
    if most is None:
        return
    weekends: dict[date, IntVar] = {}
    for day, worked in zip(model.days, days, strict=True):
        if day.weekday() >= 5:
            saturday = day - DAY * (day.weekday() - 5)
            if saturday not in weekends:
                weekends[saturday] = model.flag()
            model.cp.add_implication(worked, weekends[saturday])
    model.cp.add(sum(weekends.values()) <= most).only_enforce_if(model.limit(worker, "most_weekends"))
