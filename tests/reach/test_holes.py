"""The roster ahead: every minute in which too few would hear an alarm is found, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alarms.setting import Setting
from hub.people.site import DutyState
from hub.reach.holes import AHEAD, Hole, holes, spoken
from hub.roster.shift import Absence, Away, Shift
from hub.web.render import catalogue
from tests.alarms.books import books
from tests.reach.planted import AUTUMN, RULES, SPRING, UNITS, by_minutes, house, minute_by_minute, planted, shift, whole

FIRST = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return FIRST + timedelta(hours=hours)


@pytest.mark.parametrize("first", [SPRING, AUTUMN])
@settings(max_examples=3)
@given(seed=st.integers(0, 10**9))
def test_fifty_planted_holes_are_found_and_no_other(first: datetime, seed: int) -> None:
    roster, away, wanted = planted(Random(seed), first, first + AHEAD, 50)
    assert holes(house(), roster, away, first, first + AHEAD) == wanted


def test_a_whole_roster_has_no_hole() -> None:
    assert holes(house(), list(whole(SPRING, SPRING + AHEAD)), [], SPRING, SPRING + AHEAD) == []


@st.composite
def rosters(draw: st.DrawFn, first: datetime) -> tuple[list[Shift], list[Absence]]:
    """A few shifts and absences around a night, with odd seconds."""
    moments = st.integers(-90, 300).map(lambda n: first + timedelta(seconds=n * 47))
    spans = st.tuples(moments, moments).filter(lambda span: span[0] < span[1])
    people = st.tuples(st.sampled_from(UNITS), st.integers(0, 1))
    turns = draw(st.lists(st.tuples(people, st.sampled_from(UNITS), spans, st.sampled_from(DutyState)), max_size=12))
    gone = draw(st.lists(st.tuples(people, st.none() | st.sampled_from(UNITS), spans), max_size=3))
    roster = [
        Shift.of("plan", f"{home}-{n}", unit, starts, ends, duty, source_id=str(number))
        for number, ((home, n), unit, (starts, ends), duty) in enumerate(turns)
    ]
    away = [
        Absence.of("plan", f"{home}-{n}", unit, starts, ends, Away.SICK, source_id=str(number))
        for number, ((home, n), unit, (starts, ends)) in enumerate(gone)
    ]
    return roster, away


@settings(max_examples=12)
@given(st.data())
def test_the_same_minutes_as_pressing_in_each_of_them(data: st.DataObject) -> None:
    first = data.draw(st.sampled_from([datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)]))
    roster, away = data.draw(rosters(first))
    book = replace(
        data.draw(books),
        minimum_reach=data.draw(st.integers(0, 3)),
        minimum_within=data.draw(st.sampled_from([0, 30, 90, 600])),
        may_close=data.draw(st.booleans()),
    )
    own = st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from([10, 120]))
    here = house(own=data.draw(st.dictionaries(st.sampled_from(UNITS), own)))
    setting = replace(here, book=book)
    end = first + timedelta(hours=3)
    found = holes(setting, roster, away, first, end)
    assert by_minutes(found) == minute_by_minute(setting, roster, away, first, end)
    assert all(one.ends != two.starts or one.told != two.told for one in found for two in found if one.unit == two.unit)


Said = tuple[str, Setting, list[Shift], list[Hole]]
ALONE = [shift("vest", 0, at(0), at(8)), shift("vest", 1, at(0), at(8))]
SAID: list[Said] = [
    ("two look after each other", house(), ALONE, []),
    ("alone", house(), ALONE[:1], [Hole("vest", at(0), at(8), 0)]),
    (
        "the second goes home first",
        house(),
        [ALONE[0], shift("vest", 1, at(0), at(5))],
        [Hole("vest", at(5), at(8), 0)],
    ),
    (
        "the neighbours go home",
        house(),
        [shift("nord", 0, at(0), at(8)), shift("syd", 0, at(0), at(5)), shift("syd", 1, at(0), at(5))],
        [Hole("nord", at(5), at(8), 0)],
    ),
    (
        "standby is told after 20 s: too late for a limit of 10",
        house(RULES.replace("minimum_reach = 1\nminimum_within = 90", "minimum_reach = 2\nminimum_within = 10")),
        [*ALONE, shift("vest", 2, at(0), at(8), DutyState.STANDBY)],
        [Hole("vest", at(0), at(8), 1)],
    ),
    ("standby, in time", house(), [ALONE[0], shift("vest", 1, at(0), at(8), DutyState.STANDBY)], []),
    (
        "one is not enough where there must be two",
        house(RULES.replace("minimum_reach = 1", "minimum_reach = 2")),
        ALONE,
        [Hole("vest", at(0), at(8), 1)],
    ),
    ("a unit's own limit of two", house(own={"vest": (2, None)}), ALONE, [Hole("vest", at(0), at(8), 1)]),
    (
        "standby is told after 20 s: too late for the unit's own limit of 10",
        house(own={"vest": (2, 10), "nord": (0, None)}),
        [*ALONE, shift("vest", 2, at(0), at(8), DutyState.STANDBY)],
        [Hole("vest", at(0), at(8), 1)],
    ),
    ("nobody is needed here", house(own={"vest": (0, None)}), ALONE[:1], []),
    ("nobody is needed", house(RULES.replace("minimum_reach = 1", "minimum_reach = 0")), ALONE[:1], []),
]


@pytest.mark.parametrize(("_says", "setting", "roster", "wanted"), SAID, ids=[one[0] for one in SAID])
def test_what_a_hole_is(_says: str, setting: Setting, roster: list[Shift], wanted: list[Hole]) -> None:
    units = {one.unit for one in roster}
    found = [hole for hole in holes(setting, roster, [], FIRST, at(8)) if hole.unit in units]
    assert found == wanted


@pytest.mark.parametrize(("rules", "wanted"), [("", UNITS), ("may_close = true", ())])
def test_a_unit_with_nobody_is_a_hole_unless_it_may_close(rules: str, wanted: tuple[str, ...]) -> None:
    found = holes(house(rules + RULES), [], [], FIRST, at(1))
    assert found == sorted((Hole(unit, FIRST, at(1), 0) for unit in wanted), key=lambda hole: hole.unit)


WORDS = [
    ("2026-11-29T03:10+01:00", "2026-11-29T03:40+01:00", 0, "Søndag 29/11 03:10–03:40: ingen inden for 90 s"),
    (
        "2026-11-29T23:10+01:00",
        "2026-11-30T07:00+01:00",
        1,
        "Søndag 29/11 23:10 – mandag 30/11 07:00: kun 1 inden for 90 s",
    ),
    (
        "2026-10-25T02:10+02:00",
        "2026-10-25T02:10+01:00",
        0,
        "Søndag 25/10 02:10 (sommertid)–02:10 (vintertid): ingen inden for 90 s",
    ),
    ("2026-03-29T01:50+01:00", "2026-03-29T03:10+02:00", 0, "Søndag 29/3 01:50–03:10: ingen inden for 90 s"),
]


@pytest.mark.parametrize(("starts", "ends", "told", "says"), WORDS)
def test_a_hole_in_plain_words(starts: str, ends: str, told: int, says: str) -> None:
    hole = Hole("nord", datetime.fromisoformat(starts), datetime.fromisoformat(ends), told)
    assert spoken(hole, ZoneInfo("Europe/Copenhagen"), 90, catalogue("da")) == says
