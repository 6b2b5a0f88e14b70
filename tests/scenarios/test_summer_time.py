"""The two nights when the clock changes in Europe/Copenhagen, where 23:00 to 07:00 is seven hours or nine."""

from datetime import UTC, datetime

from tests.scenarios.conftest import Begin
from tests.scenarios.world import local

SPRING = (
    "anna nord active 2026-03-28T22:00:00 2026-03-29T08:00:00",
    "bo nord active 2026-03-28T23:00:00 2026-03-29T07:00:00",
    "carl nord active 2026-03-29T07:00:00 2026-03-29T15:00:00",
    "dina syd active 2026-03-28T22:00:00 2026-03-29T08:00:00",
)
AUTUMN = (
    "anna nord active 2026-10-24T22:00:00 2026-10-25T08:00:00",
    "bo nord active 2026-10-24T23:00:00 2026-10-25T07:00:00",
    "carl nord active 2026-10-25T07:00:00 2026-10-25T15:00:00",
    "dina syd active 2026-10-24T22:00:00 2026-10-25T08:00:00",
)


async def test_in_the_spring_night_twenty_seconds_over_the_change_are_twenty_seconds(begin: Begin) -> None:
    house = await begin(*SPRING, at="2026-03-29T01:59:50")
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    await anna.presses()
    house.hear("raised", anna, bo, escalates_at="2026-03-29T01:00:10.000Z")

    await house.passes(19.9)
    house.is_quiet()
    await house.passes(0.1)

    house.hear("escalated", anna, bo, dina, step=1)
    assert house.clock.now() == datetime(2026, 3, 29, 1, 0, 10, tzinfo=UTC)


async def test_in_the_autumn_night_twenty_seconds_over_the_change_are_twenty_seconds(begin: Begin) -> None:
    house = await begin(*AUTUMN, at="2026-10-25T02:59:50+02:00")
    anna, bo, dina = await house.connect("anna", "bo", "dina")
    await anna.presses()
    house.hear("raised", anna, bo, escalates_at="2026-10-25T01:00:10.000Z")

    await house.passes(19.9)
    house.is_quiet()
    await house.passes(0.1)

    house.hear("escalated", anna, bo, dina, step=1)


async def test_the_spring_night_shift_ends_at_seven_by_the_clock_on_the_wall(begin: Begin) -> None:
    house = await begin(*SPRING, at="2026-03-29T00:30:00")
    anna, bo, carl = await house.connect("anna", "bo", "carl")

    await house.is_asleep_until("2026-03-29T06:59:30")
    await anna.presses()
    house.hear("raised", anna, bo, told=1, raised_at="2026-03-29T04:59:30.000Z")

    # Who comes on duty hears of the alarm that is open.
    await house.until(local("2026-03-29T07:00:00+02:00"))
    carl.hears("escalated", told=3)
    for phone in (anna, bo, carl):
        phone.unread.clear()
    alarm = await anna.presses()
    house.hear("raised", anna, carl, id=alarm, raised_at="2026-03-29T05:00:00.000Z")
    for phone in house.phones.values():
        phone.unread.clear()
