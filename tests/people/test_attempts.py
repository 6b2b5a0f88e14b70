from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.people import attempts
from hub.people.attempts import Attempts
from tests.people.solgaarden import MORNING


def test_the_window_moves_with_the_clock() -> None:
    tries = Attempts(2)
    tries.count("a", MORNING)
    tries.count("a", MORNING + timedelta(seconds=40))
    assert tries.wait("a", MORNING + timedelta(seconds=40)) == 20
    assert tries.wait("a", MORNING + timedelta(seconds=59.5)) == 1
    assert tries.wait("a", MORNING + timedelta(seconds=60)) == 0
    tries.count("a", MORNING + timedelta(seconds=60))
    assert tries.wait("a", MORNING + timedelta(seconds=60)) == 40
    assert tries.wait("b", MORNING + timedelta(seconds=60)) == 0


def test_a_right_guess_is_taken_back_and_the_others_stay() -> None:
    tries = Attempts(2)
    for second in (0, 1, 2):
        tries.count("a", MORNING + timedelta(seconds=second))
    tries.take_back("a", MORNING + timedelta(seconds=1))
    tries.take_back("a", MORNING + timedelta(seconds=1))
    tries.take_back("b", MORNING)
    assert tries.wait("a", MORNING + timedelta(seconds=3)) == 57


def test_a_flood_of_keys_pushes_out_the_oldest_and_no_more_are_kept() -> None:
    tries = Attempts(1)
    for key in range(attempts.MOST_KEYS + 1):
        tries.count(key, MORNING)
    assert tries.wait(0, MORNING) == 0
    assert tries.wait(1, MORNING) == 60
    assert tries.wait(attempts.MOST_KEYS, MORNING) == 60


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 40)), max_size=60))
def test_no_minute_ever_holds_more_than_the_most(guesses: list[tuple[str, int]]) -> None:
    tries, now, made = Attempts(3), MORNING, []
    for key, seconds in guesses:
        now += timedelta(seconds=seconds)
        if not tries.wait(key, now):
            tries.count(key, now)
            made.append((key, now))
    for key, when in made:
        within = [other for name, other in made if name == key and when <= other < when + timedelta(minutes=1)]
        assert len(within) <= 3
