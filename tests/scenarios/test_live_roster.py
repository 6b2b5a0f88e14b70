"""The roster changes while somebody needs help: the alarm follows it the same second."""

from datetime import timedelta

from hub.people.site import DutyState
from hub.roster.actions import import_shifts
from hub.roster.shift import Shift
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both


async def on_the_roster(house: House, *shifts: str) -> None:
    """The roster's own system says that these have these shifts now."""
    now = house.clock.now()
    told = [
        Shift.of("plan", person, unit, now - timedelta(hours=1), now + timedelta(hours=1), DutyState.ACTIVE)
        for person, unit in (shift.split() for shift in shifts)
    ]
    await import_shifts(house.database, "house", "plan", told, house.clock)
    await house.settle()


async def test_a_substitute_who_comes_while_the_alarm_is_open_hears_it_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo, carl, dina = await house.connect("anna", "bo", "carl", "dina")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, step=0, told=1)
    await on_the_roster(house, "carl nord", "dina syd")
    # The step's clock runs on: that somebody new was told is no reason to wait longer.
    house.hear("escalated", anna, bo, carl, step=0, told=2, escalates_at="2026-03-10T13:00:20.000Z")
    dina.hears_nothing()
    await carl.says("coming", alarm)
    house.hear("answered", anna, bo, carl, state="acknowledged")
    assert await house.events(alarm) == ["raised", "rerouted", "answered"]


async def test_the_night_comes_on_duty_while_the_alarm_is_open(begin: Begin) -> None:
    evening = "2026-03-10T15:00:00 2026-03-10T23:00:00"
    night = "2026-03-10T23:00:00 2026-03-11T07:00:00"
    house = await begin(f"anna nord active {evening}", f"bo nord active {night}", at="2026-03-10T22:59:55")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    house.hear("raised", anna, lone, step=2)
    await house.passes(4.9)
    house.is_quiet()
    await house.passes(1.1)
    house.hear("escalated", anna, bo, lone, step=2)
    assert await house.events(alarm) == ["raised", "rerouted"]


async def test_whoever_stands_beside_the_one_who_pressed_is_enough(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    await bo.says("arrived", alarm)
    house.hear("answered", anna, bo)
    await on_the_roster(house, "carl nord")
    carl.hears_nothing()
