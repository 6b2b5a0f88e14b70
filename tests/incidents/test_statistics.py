"""What is counted of alarms: from the journal, through both databases, and against counting them one by one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alarms.outcome import FalseBecause
from hub.incidents import amountstore, figures, small
from hub.incidents.amounts import Amount, Came, amount_of, month_of
from hub.incidents.amountstore import Chosen
from hub.incidents.chores import Counting
from hub.incidents.figures import Counted, Months, Sort, Spread, Why, why_false
from hub.incidents.incident import Outcome
from hub.incidents.statistics import counted
from hub.storage.database import Database
from hub.storage.journal import Entry
from tests.databases import Kind, on_both
from tests.incidents.test_pages import helped
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MARCH = month_of(NOON)
UNITS, PLACES = ("nord", "syd", None), ("bad", "stue", None)


def entry(seq: int, after: float, event: str, actor: str | None = None, **facts: Any) -> Entry:
    return Entry("house", seq, NOON + timedelta(seconds=after), event, "a", actor, facts)


ROOM = {"unit": "nord", "place": "bad", "drill": False}
PRESSED = entry(1, 0, "raised", "anna", kind="alarm", **ROOM)
OVER = entry(99, 300, "resolved", "bo", outcome="real")


def of(*entries: Entry) -> Amount:
    found = amount_of([PRESSED, *entries, OVER], ZONE)
    assert found is not None
    return found


def test_an_alarm_amounts_to_what_its_rows_say() -> None:
    told = of(
        entry(2, 0.1, "received", "anna"),
        entry(3, 0.25, "shown", "bo"),
        entry(4, 0.5, "answered", "carl", said="cannot"),
        entry(5, 20, "escalated", passed=[2]),
        entry(6, 31, "answered", "bo", said="coming"),
        entry(7, 50, "reopened"),
        entry(8, 95.04, "answered", "bo", said="arrived"),
    )
    assert (told.heard, told.answered, told.arrived) == (2, 310, 950), "hers is not the device that must hear it"
    assert (told.unanswered, told.empty, told.reopened, told.withdrawn) == (1, 1, 1, False)
    assert (told.weekday, told.hour, told.month, told.unit, told.place) == (1, 13, MARCH, "nord", "bad")
    silent = of()
    assert (silent.heard, silent.answered, silent.arrived) == (None, None, None)
    assert amount_of([PRESSED], ZONE) is None, "it goes on"


def test_a_watch_that_became_an_alarm_is_measured_from_there_and_a_forced_step_was_not_waited_out() -> None:
    watch = entry(1, 0, "raised", "anna", kind="watch", **ROOM)
    risen = [
        watch,
        entry(2, 3, "answered", "bo", said="coming"),
        entry(3, 90, "became_alarm"),
        entry(4, 92, "shown", "bo"),
        OVER,
    ]
    told = amount_of(risen, ZONE)
    assert told is not None
    assert (told.kind, told.came, told.heard, told.answered) == ("alarm", Came.WATCH, 20, None)
    forced = of(entry(2, 5, "duress", "anna"), entry(3, 5, "escalated"), entry(4, 40, "escalated"))
    assert (forced.unanswered, forced.withdrawn) == (1, False)
    lone = amount_of([entry(1, 0, "raised", "anna", kind="alarm", lone="s", **ROOM), OVER], ZONE)
    assert lone is not None
    assert lone.came is Came.LONE


async def amounts_in(house: House) -> list[tuple[Any, ...]]:
    async with house.database.read() as tx:
        rows = await tx.rows(amountstore.alarm_amount.select())
    names = [column.name for column in amountstore.alarm_amount.c]
    return sorted((tuple(row[name] for name in names) for row in rows), key=str)


async def test_what_is_over_is_counted_once_and_the_same_again_from_the_journal(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await helped(house)
    await house.passes(11)
    anna, bo = house.phones["phone-anna"], house.phones["phone-bo"]
    drill = await anna.presses(drill=True)
    house.hear("raised", anna, bo)
    await bo.resolves(drill, "test")
    house.hear("resolved", anna, bo)
    await house.is_killed()
    await house.starts()
    await house.passes(11)
    found = await amounts_in(house)
    assert len(found) == 2
    await Counting(house.database, house.services.sites).anew("house")
    assert await amounts_in(house) == found
    async with house.database.read() as tx:
        wanted = Chosen("house", Months(MARCH, MARCH), ("nord",), nowhere=False)
        told = await counted(tx, wanted, ZONE, house.clock.now(), papers=True)
        other = await counted(tx, replace(wanted, units=("syd",)), ZONE, house.clock.now(), papers=False)
    assert (told.alarms.all, told.drills.all, told.outcomes) == (1, 1, {Outcome.REAL: 1})
    assert (told.alarms.answered.came, told.alarms.heard.never) == (1, 1), "nobody's device has said that it heard"
    assert (other.alarms.all, other.violence, other.tasks) == (0, None, None)


AMOUNTS = st.lists(
    st.builds(
        Amount,
        institution=st.sampled_from(["house", "other"]),
        alarm=st.just(""),
        month=st.integers(MARCH - 1, MARCH + 1),
        weekday=st.integers(0, 6),
        hour=st.integers(0, 23),
        unit=st.sampled_from(UNITS),
        place=st.sampled_from(PLACES),
        kind=st.sampled_from(["alarm", "assist", "watch"]),
        drill=st.booleans(),
        came=st.sampled_from(list(Came)),
        outcome=st.sampled_from(["real", "false", "test", None]),
        withdrawn=st.booleans(),
        heard=st.none() | st.integers(0, 40),
        answered=st.none() | st.integers(0, 500),
        arrived=st.none() | st.integers(0, 5_000),
        unanswered=st.integers(0, 3),
        empty=st.integers(0, 1),
        reopened=st.integers(0, 2),
    ),
    max_size=40,
)


def one_by_one(amounts: Sequence[Amount], months: Months, units: tuple[str, ...]) -> Counted:
    """The same by looking at each."""
    mine = [one for one in amounts if one.institution == "house" and one.month in months.all]
    mine = [one for one in mine if not units or one.unit in units]
    real = [one for one in mine if not one.drill]
    why = Counter(why_false(one.came, withdrawn=one.withdrawn) for one in real if one.outcome == "false")
    return Counted(
        months,
        sort_of(real),
        sort_of([one for one in mine if one.drill]),
        dict(Counter(Outcome(one.outcome) if one.outcome else None for one in real)),
        dict(why),
        dict(Counter(one.place for one in real if one.place)),
    )


def sort_of(some: Sequence[Amount]) -> Sort:
    asked = [one for one in some if one.kind != "watch"]
    return Sort(
        dict(Counter(one.month for one in some)),
        dict(Counter((one.weekday, one.hour) for one in some)),
        dict(Counter(one.unit or "" for one in some)),
        dict(Counter(one.kind for one in some)),
        spread_of([one.heard for one in asked]),
        spread_of([one.answered for one in asked]),
        spread_of([one.arrived for one in asked]),
        figures.Steps(
            dict(Counter(one.unanswered for one in some)),
            sum(1 for one in some if one.reopened),
            sum(1 for one in some if one.empty),
        ),
    )


def spread_of(times: Sequence[int | None]) -> Spread:
    came = Counter(one for one in times if one is not None)
    return Spread(tuple(sorted(came.items())), times.count(None))


@on_both
def test_the_databases_count_as_one_does_who_looks_at_each(kind: Kind) -> None:
    async def agrees(database: Database, amounts: Sequence[Amount], months: Months, units: tuple[str, ...]) -> None:
        for of in ("house", "other"):
            mine = [replace(one, alarm=str(n)) for n, one in enumerate(amounts) if one.institution == of]
            await database.write(lambda tx, of=of: amountstore.forget(tx, of), of=of)  # type: ignore[misc]
            await database.write(lambda tx, mine=mine: amountstore.put(tx, mine), of=of)  # type: ignore[misc]
        async with database.read() as tx:
            found = await counted(tx, Chosen("house", months, units, nowhere=False), ZONE, NOON, papers=False)
        assert found == one_by_one(amounts, months, units)

    with asyncio.Runner() as runner:
        opened = kind.opened()
        database = runner.run(opened.__aenter__())

        @settings(max_examples=15)
        @given(AMOUNTS, st.sampled_from([(0, 0), (0, 1), (-1, 1)]), st.sampled_from([(), ("nord",), ("nord", "syd")]))
        def they_agree(amounts: list[Amount], months: tuple[int, int], units: tuple[str, ...]) -> None:
            runner.run(agrees(database, amounts, Months(MARCH + months[0], MARCH + months[1]), units))

        they_agree()
        runner.run(opened.__aexit__(None, None, None))


@given(st.lists(st.integers(0, 60)), st.integers(0, 3), st.integers(1, 100), st.integers(0, 7))
def test_shares_and_quantiles_are_those_of_the_list(times: list[int], never: int, percent: int, seconds: int) -> None:
    spread = spread_of([*times, *[None] * never])
    ordered = sorted(times)
    assert spread.quantile(percent) == (ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None)
    whole = len(times) + never
    share = 100 * sum(1 for one in times if one <= 10 * seconds) / whole if whole else None
    assert spread.within(seconds) == share


@pytest.mark.parametrize(("below", "width", "most"), [(3, 2, 10), (3, 3, 10), (3, 4, 9), (4, 3, 11), (5, 3, 14)])
def test_nobody_who_knows_total_rule_and_what_is_shown_learns_a_small_number(below: int, width: int, most: int) -> None:
    alike: dict[tuple[int, small.Cells], list[tuple[int, ...]]] = {}
    for cells in product(range(most + 1), repeat=width):
        if sum(cells) == 0 or below <= sum(cells) <= most:
            alike.setdefault((sum(cells), small.guarded(cells, below)), []).append(cells)
    for (_, shown), tables in alike.items():
        for index, cell in enumerate(shown):
            could_be = {cells[index] for cells in tables}
            if cell is None:
                assert len(could_be) > 1 or not 0 < min(could_be) < below, (shown, tables)
            else:
                assert could_be == {cell}
                assert not 0 < cell < below


def test_a_number_below_which_two_is_told_is_refused_and_hours_are_told_in_parts_where_few() -> None:
    assert small.alone(2, 3) is None
    assert (small.alone(0, 3), small.alone(3, 3)) == (0, 3)
    night = Counted(Months(MARCH, MARCH), Sort(moments={(1, 23): 2, (2, 2): 1, (2, 9): 3}))
    hours = figures.by_hour(night, 3)
    assert (hours.keys, hours.alarms) == (("7-15", "15-23", "23-7"), (3, 0, 3))
    busy = Counted(Months(MARCH, MARCH), Sort(moments={(1, 23): 20, (2, 2): 10, (2, 9): 30}))
    assert figures.by_hour(busy, 3).alarms[9] == 30
    assert figures.repeated_hours(night, 3) == [(2, 9, 3)]
    assert why_false(Came.PRESSED, withdrawn=True) is Why.WITHDRAWN
    with pytest.raises(ValueError, match="first of them first"):
        Months(5, 4)


def test_what_somebody_said_goes_before_what_the_hub_can_see() -> None:
    assert why_false(Came.LONE, FalseBecause.FAULT) is Why.FAULT
    assert {one.value for one in FalseBecause} <= set(Why), "each reason that can be given can be counted"
