"""The machine's clock is set while the hub runs: forward, back, by minutes and hours, again and again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import CATCHES_UP, SystemClock

NOON = 1_800_000_000.0
HOURS = 2 * 3600.0


class Machine:
    """A machine's two clocks: one that anybody can set, and one that nobody can."""

    def __init__(self) -> None:
        self.wall, self.steady = NOON, 5_000.0
        self.clock = SystemClock(lambda: self.wall, lambda: self.steady)

    def passes(self, seconds: float) -> float:
        """Time goes on; how much of it by the hub's clock."""
        before = self.clock.now()
        self.wall += seconds
        self.steady += seconds
        return (self.clock.now() - before).total_seconds()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.001, 120), st.floats(-HOURS, HOURS)), min_size=1, max_size=40))
def test_a_second_lasts_a_second_however_the_clock_is_set(course: list[tuple[float, float]]) -> None:
    machine = Machine()
    for seconds, set_by in course:
        passed = machine.passes(seconds)
        assert abs(passed - seconds) <= CATCHES_UP * seconds + 1e-5
        machine.wall += set_by


@settings(deadline=None)
@given(st.floats(-HOURS, HOURS))
def test_both_clocks_agree_again_in_time_and_then_for_good(set_by: float) -> None:
    machine = Machine()
    machine.wall += set_by
    machine.passes(abs(set_by) / CATCHES_UP + 1)
    assert abs(machine.clock.now().timestamp() - machine.wall) < 1e-5
    assert abs(machine.passes(3600) - 3600) < 1e-5


def test_while_nobody_sets_it_it_is_the_machines_own() -> None:
    machine = Machine()
    machine.passes(86_400)
    assert machine.clock.now().timestamp() == machine.wall
