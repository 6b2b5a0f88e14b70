"""When a unit that too few would hear is warned of, as a table and as a property."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.escalation.rules import EMERGENCY
from hub.reach.low import Low, News, Standing, judged

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)
BOOK = replace(EMERGENCY, minimum_grace=60, minimum_repeat=900)
FEW, ENOUGH, CLOSED = Standing(3, 1, 2), Standing(3, 2, 2), Standing(0, 0, 2)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_it_is_kept_at_first_and_said_after_the_grace() -> None:
    assert judged(None, FEW, BOOK, NOW) == (Low(NOW), None)
    assert judged(Low(ago(59)), FEW, BOOK, NOW) == (Low(ago(59)), None)
    assert judged(Low(ago(60)), FEW, BOOK, NOW) == (Low(ago(60), NOW), News.LOW)


def test_it_is_said_again_when_it_lasts() -> None:
    assert judged(Low(ago(2000), ago(899)), FEW, BOOK, NOW)[1] is None
    assert judged(Low(ago(2000), ago(900)), FEW, BOOK, NOW) == (Low(ago(2000), NOW), News.LOW)


def test_that_it_is_over_is_said_only_to_those_who_were_warned() -> None:
    assert judged(Low(ago(30)), ENOUGH, BOOK, NOW) == (None, None)
    assert judged(Low(ago(90), ago(30)), ENOUGH, BOOK, NOW) == (None, News.RESTORED)
    assert judged(None, ENOUGH, BOOK, NOW) == (None, None)


def test_a_unit_without_anybody_on_the_roster_is_closed() -> None:
    assert judged(None, CLOSED, BOOK, NOW) == (None, None)
    assert judged(Low(ago(90)), CLOSED, BOOK, NOW) == (None, None)
    told = Low(ago(9000), ago(8000))
    assert judged(told, CLOSED, BOOK, NOW) == (told, None)


def test_a_hub_that_has_just_started_waits_for_its_devices() -> None:
    old = Low(ago(600))
    assert judged(old, FEW, BOOK, NOW, settled=False) == (old, None)


def test_a_minimum_of_none_is_never_low() -> None:
    assert judged(None, replace(FEW, minimum=0), BOOK, NOW) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 120)), max_size=80))
def test_it_is_never_said_before_the_grace_nor_more_often_than_the_repeat(looks: list[tuple[int, int, int]]) -> None:
    low: Low | None = None
    now, below_since = NOW, None
    said: list[datetime] = []
    for on_duty, hearing, seconds in looks:
        now += timedelta(seconds=seconds)
        standing = Standing(on_duty, min(on_duty, hearing), 2)
        if standing.reachable >= 2:
            below_since = None
        elif below_since is None and on_duty:
            below_since = now
        low, news = judged(low, standing, BOOK, now)
        if news is News.LOW:
            assert below_since is not None
            assert now - below_since >= timedelta(seconds=60)
            assert not said or now - said[-1] >= timedelta(seconds=900)
            said.append(now)
        elif news is News.RESTORED:
            assert said
            said.clear()
