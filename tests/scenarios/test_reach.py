"""Who would hear an alarm now: told when it changes, and only then."""

import asyncio
from typing import Any

from hub.reach.actions import Proven
from hub.reach.store import last_proofs
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone


def reasons(reach: dict[str, Any]) -> dict[str, str]:
    return {one["person"]: one["reason"] for one in reach["people"]}


async def reach_of(phone: Phone, unit: str = "nord") -> dict[str, str]:
    return reasons(await phone.asks(f"/api/reach?unit={unit}"))


async def test_a_phone_that_connects_counts_and_one_whose_line_closes_does_not(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    (anna,) = await house.connect("anna")
    assert anna.who_would_hear() == ["anna"]
    await house.passes(1)
    assert await reach_of(anna) == {"anna": "ok", "bo": "not_connected"}
    anna.reach.clear()

    (bo,) = await house.connect("bo")
    assert anna.who_would_hear() == ["anna", "bo"]
    bo.drops()
    await house.settle()

    assert anna.who_would_hear() == ["anna"]
    assert await reach_of(anna) == {"anna": "ok", "bo": "not_connected"}


async def test_nothing_is_said_while_nothing_changes(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    for phone in (anna, bo):
        phone.reach.clear()

    await house.passes(120)

    assert not anna.reach
    assert not bo.reach


async def test_one_who_reads_while_a_test_is_tapped_does_not_make_the_others_forget_it(begin: Begin) -> None:
    house = await begin("anna nord")
    heard = asyncio.Event()
    house.database.listen(lambda facts: heard.set() if any(isinstance(one, Proven) for one in facts) else None)
    anna = Phone(house, "phone-anna", house.tokens["phone-anna"], "anna")
    anna.taps = False
    house.phones["phone-anna"] = anna
    await anna.connects()

    async with house.database.read() as early:
        await last_proofs(early, "house")
        anna.say({"type": "proof", "id": anna.proofs[-1]["id"]})
        await heard.wait()
        await house.services.reach.unit(early, "house", "nord")

    assert await reach_of(anna) == {"anna": "ok"}


async def test_a_device_that_falls_silent_stops_counting_after_two_missed_beats(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    anna.reach.clear()

    bo.beats = False
    await house.passes(30)
    assert not anna.reach
    await house.passes(1)
    assert anna.who_would_hear() == ["anna"]
    assert await reach_of(anna) == {"anna": "ok", "bo": "silent"}

    bo.beat()
    await house.settle()
    assert anna.who_would_hear() == ["anna", "bo"]


async def test_a_muted_phone_or_a_flat_battery_counts_partly_and_says_why(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    for state, reason in (
        ({"sound": "muted"}, "muted"),
        ({"sound": "on", "battery": 0.05}, "battery"),
        ({"sound": "on", "battery": 0.05, "charging": True}, "ok"),
    ):
        anna.reach.clear()
        bo.beat(**state)
        await house.settle()
        assert anna.who_would_hear() == ["anna", "bo"]
        assert (await reach_of(anna))["bo"] == reason


async def test_a_device_that_came_back_counts_though_its_dead_line_still_hangs(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    bo.beats = False
    await house.passes(20)
    hanging = bo._cable
    bo._cable = None
    await bo.comes_back()
    bo.beats = True

    await house.passes(20)

    assert hanging is not None
    assert await reach_of(anna) == {"anna": "ok", "bo": "ok"}
    hanging.close()
    await house.settle()
    assert await reach_of(anna) == {"anna": "ok", "bo": "ok"}


async def test_a_shift_that_ends_and_one_that_begins_change_it_within_a_second(begin: Begin) -> None:
    house = await begin(
        "anna nord",
        "bo nord active 2026-03-10T07:00:00 2026-03-10T14:00:30",
        "carl nord active 2026-03-10T14:00:30 2026-03-10T22:00:00",
    )
    anna, _bo, _carl = await house.connect("anna", "bo", "carl")
    anna.reach.clear()

    await house.passes(29)
    assert not anna.reach
    await house.passes(2)

    assert anna.who_would_hear() == ["anna", "carl"]


async def test_only_the_units_own_people_and_screens_are_told(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd")
    anna, dina, board, leif = await house.connect("anna", "dina", "board-nord", "leif")
    for phone in (anna, dina, board, leif):
        phone.reach.clear()

    await house.connect("bo")

    for phone in (anna, board, leif):
        assert phone.who_would_hear() == ["anna", "bo"]
    assert not dina.reach
