"""The rest rules: against hours counted one by one, against examples of those who oversee them, and in files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import FileProblem
from hub.people.site import DutyState
from hub.roster.rest import Agreement, Breach, Rule, Terms, breaches
from hub.roster.restfile import SHIPPED, rest_book, shipped
from hub.roster.shift import Absence, Away, Shift
from tests.roster.hourbook import HOUR, HourBook, Told
from tests.roster.outside import ZONE

LAW = shipped().agreements["lov"]
MONDAY = datetime(2026, 3, 2, tzinfo=ZONE)


def shift(day: int, begins: int, ends: int, duty: DutyState = DutyState.ACTIVE) -> Shift:
    """By the clock on the wall; `ends` beyond 24 is on the next day."""
    starts, until = MONDAY + timedelta(days=day, hours=begins), MONDAY + timedelta(days=day, hours=ends)
    return Shift.of("plan", "mette", "nord", starts, until, duty)


def told(found: list[Breach]) -> list[Told]:
    return sorted(
        ((one.rule, one.starts, one.ends, one.found / HOUR) for one in found), key=lambda one: (one[0], one[1])
    )


def hours(*shifts: Shift) -> list[tuple[Rule, float]]:
    return [(one.rule, one.found / HOUR) for one in breaches("mette", LAW, shifts, [], ZONE)]


_begins = st.integers(0, 24 * 40).map(lambda hour: datetime(2026, 3, 9, tzinfo=UTC) + hour * HOUR)
_dense = st.lists(st.tuples(_begins, st.integers(1, 16), st.sampled_from(DutyState)), max_size=40)
_gone = st.lists(st.tuples(_begins, st.integers(1, 300), st.sampled_from([None, "nord", "syd"])), max_size=3)
_terms = st.builds(
    Terms,
    since=st.just(date(2000, 1, 1)),
    source=st.just("by chance"),
    daily_rest=st.sampled_from([8, 11]).map(lambda n: n * HOUR),
    short_rest=st.just(8 * HOUR),
    short_rests=st.integers(0, 2),
    day_off=st.sampled_from([24, 35]).map(lambda n: n * HOUR),
    most_between=st.sampled_from([3, 6]).map(lambda n: timedelta(days=n)),
    weekly_hours=st.sampled_from([5, 12, 48]).map(lambda n: n * HOUR),
    months=st.integers(1, 4),
)


@settings(max_examples=60)
@given(_dense, _gone, _terms)
def test_the_same_breaches_as_by_counting_hours(
    turns: list[tuple[datetime, int, DutyState]], gone: list[tuple[datetime, int, str | None]], terms: Terms
) -> None:
    agreement = Agreement("x", "By chance", (terms,))
    shifts = [
        Shift.of("plan", "mette", "nord", at, at + n * HOUR, duty, source_id=str(number))
        for number, (at, n, duty) in enumerate(turns)
    ]
    away = [
        Absence.of("plan", "mette", unit, at, at + n * HOUR, Away.SICK, source_id=str(number))
        for number, (at, n, unit) in enumerate(gone)
    ]
    found = told(breaches("mette", agreement, shifts, away, ZONE))
    wanted = HourBook(agreement, shifts, away).breaches()
    assert [one[:3] for one in found] == [one[:3] for one in wanted]
    assert [one[3] for one in found] == pytest.approx([one[3] for one in wanted])


def test_a_day_that_became_long_and_the_morning_after() -> None:
    assert hours(shift(0, 7, 15), shift(1, 7, 15)) == []
    assert hours(shift(0, 7, 21)) == [(Rule.DAILY_REST, 10)]
    assert hours(shift(0, 7, 20), shift(1, 7, 15)) == []
    assert hours(shift(0, 13, 21), shift(1, 7, 15)) == [(Rule.DAILY_REST, 10)]


def test_somebody_who_comes_back_in_the_evening() -> None:
    assert hours(shift(0, 7, 15), shift(0, 20, 23)) == [(Rule.DAILY_REST, 8)]


def test_standby_at_home_is_rest_and_a_sleeping_night_is_not() -> None:
    nights = [shift(0, 7, 15), shift(0, 15, 31, DutyState.STANDBY), shift(1, 7, 15)]
    assert hours(*nights) == []
    assert hours(nights[0], shift(0, 22, 30, DutyState.SLEEPING)) == [(Rule.DAILY_REST, 7)]


def test_six_days_between_two_days_off_and_not_seven() -> None:
    week = [shift(day, 7, 15) for day in range(6)]
    assert hours(*week) == []
    assert hours(*week, shift(6, 7, 15)) == [(Rule.DAY_OFF, 16)]


def test_the_night_when_the_clocks_go_forward_is_an_hour_short() -> None:
    saturday = 26
    assert (MONDAY + timedelta(days=saturday + 1)).date() == date(2026, 3, 29)
    assert hours(shift(saturday, 14, 20), shift(saturday + 1, 7, 15)) == [(Rule.DAILY_REST, 10)]
    assert hours(shift(saturday - 7, 14, 20), shift(saturday - 6, 7, 15)) == []


def test_more_than_48_hours_in_an_average_week() -> None:
    weekdays = [day for day in range(-60, 62) if (MONDAY + timedelta(days=day)).weekday() < 5]
    found = hours(*(shift(day, 7, 17) for day in weekdays))
    assert found
    assert all(rule is Rule.WEEKLY_HOURS and 48 < average < 52 for rule, average in found)
    assert hours(*(shift(day, 7, 15) for day in weekdays)) == []


def test_the_newest_terms_that_have_begun_are_in_force() -> None:
    strict = Terms(date(2026, 3, 4), "new", daily_rest=12 * HOUR, short_rest=12 * HOUR)
    agreement = Agreement("x", "X", (Terms(date(2026, 3, 1), "old"), strict))
    roster = [shift(day, 7, 20) for day in (-2, 0, 2)]
    found = breaches("mette", agreement, roster, [], ZONE)
    assert [(one.rule, one.ends.astimezone(ZONE).day, one.limit / HOUR) for one in found] == [(Rule.DAILY_REST, 4, 12)]


def test_a_shorter_rest_once_a_week_where_that_is_agreed() -> None:
    local = Terms(date(2026, 1, 1), "local", short_rest=8 * HOUR, short_rests=1)
    roster = [shift(0, 14, 23), shift(1, 7, 15), shift(2, 14, 23), shift(3, 7, 15)]
    found = breaches("mette", Agreement("x", "X", (local,)), roster, [], ZONE)
    assert [(one.rule, one.found / HOUR) for one in found] == [(Rule.DAILY_REST, 8)]


def test_the_files_that_come_with_the_hub_can_be_read_and_so_can_their_example() -> None:
    assert set(shipped().agreements) == {"lov", "64.11", "79.01", "79.03", "79.04"}
    assert all(terms.source for one in shipped().agreements.values() for terms in one.terms)
    readme = (SHIPPED.parent / "README.md").read_text("utf-8")
    example = rest_book(readme.split("```toml\n")[1].split("```")[0], "README.md")
    assert example.of("mette").terms[0].short_rest == 8 * HOUR
    assert example.of("anyone else").id == "79.01"
    assert all(f"`{key}`" in readme for key in ("agreement", "from", "source", "daily_rest", "short_rests", "works"))


A = '[rest]\ndefault = "lov"\n[[agreement]]\nid = "a"\nname = "A"\n[[terms]]\nagreement = "a"\nsource = "s"\n'
FAULTS = [
    ('[rest]\ndefault = "79.99"', '"79.99" is no agreement here'),
    ('[rest]\ndefault = "lov"\n[people]\nmette = "x"', 'people, mette: "x" is no agreement here'),
    ('[rest]\ndefault = "lov"\n[[agreement]]\nid = "a"\nname = "A"', '"a" has no terms; add [[terms]]'),
    (A + 'from = "soon"', "must be a day"),
    (A + 'from = 2026-01-01\nworks = ["awake"]', "must be a list of duties"),
    (
        A + "from = 2026-01-01\ndaily_rest = 25",
        "must be a number from 0 to 24",
    ),
]


@pytest.mark.parametrize(("text", "says"), FAULTS)
def test_a_file_with_a_fault_is_refused_by_line_and_key(text: str, says: str) -> None:
    with pytest.raises(FileProblem) as refused:
        rest_book(text, "own.toml")
    assert any(says in problem for problem in refused.value.problems), refused.value.problems
    assert all(problem.startswith(f"{Path('own.toml')}:") for problem in refused.value.problems)
