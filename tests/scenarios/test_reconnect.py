"""A line that broke: everything that was missed, once, in order, and as it was then."""

import asyncio
from typing import Any

import pytest

from hub.alarms import store
from hub.alarms.alarm import Alarm, Said
from hub.storage.database import Reader
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone
from tests.scenarios.world import House

# How many heard it is told as it is now.
_NOW = ("deliveries", "told")


def as_it_was(frame: dict[str, Any]) -> dict[str, Any]:
    alarm = {key: value for key, value in frame["alarm"].items() if key not in _NOW}
    return {**frame, "alarm": alarm}


async def a_whole_course(house: House, anna: Phone, bo: Phone, carl: Phone) -> str:
    """One alarm from press to all clear, which these three hear."""
    alarm = await anna.presses()
    await house.passes(20)
    await carl.says("coming", alarm)
    await house.passes(60)
    await carl.says("cannot", alarm)
    await bo.says("arrived", alarm)
    await bo.resolves(alarm, "real", note="Ro på")
    return alarm


async def test_who_comes_back_sees_everything_once_in_order_and_as_it_was_then(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl, lone = await house.connect("anna", "bo", "carl", "lone")
    second_phone = Phone(house, "phone-bo", bo.token, "bo")
    house.phones["second"] = second_phone
    await second_phone.connects()
    cursor = second_phone.cursor
    second_phone.drops()

    await a_whole_course(house, anna, bo, carl)
    snapshot = await second_phone.connects(cursor)

    assert snapshot["alarms"] == []
    assert snapshot["cursor"] == cursor
    live, missed = ([one.frame for one in phone.unread] for phone in (bo, second_phone))
    assert [as_it_was(one) for one in missed] == [as_it_was(one) for one in live]
    assert [one["event"] for one in missed] == [
        *("raised", "escalated", "answered", "raised", "answered", "answered", "resolved"),
    ]
    assert [one["cursor"] for one in missed] == sorted(one["cursor"] for one in missed)
    for phone in (anna, bo, carl, lone, second_phone):
        phone.unread.clear()


async def test_each_break_of_the_line_costs_nothing_and_repeats_nothing(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    for said in ("coming", "cannot", "coming", "cannot", "coming"):
        bo.drops()
        await carl.says(said, alarm)
        await bo.comes_back()
    await carl.resolves(alarm)

    # A phone asserts by itself that no cursor comes twice or falls.
    assert [one.frame["event"] for one in bo.unread] == ["raised", *["answered"] * 5, "resolved"]
    assert [one.frame["cursor"] for one in bo.unread] == [one.frame["cursor"] for one in carl.unread]
    for phone in (anna, bo, carl):
        phone.unread.clear()


async def test_an_alarm_raised_while_the_line_is_being_caught_up_is_neither_lost_nor_doubled(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    for turns in range(0, 60, 3):
        bo.drops()
        await house.settle()
        await bo.dials(bo.cursor)
        for _ in range(turns):
            await asyncio.sleep(0)
        alarm = await anna.presses()
        bo.snapshots.clear()
        house.hear("raised", anna, bo, id=alarm)


async def test_a_cursor_that_is_too_old_or_from_another_hub_starts_over(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarm = await anna.presses()
    house.hear("raised", anna, bo, carl)
    bo.drops()
    said = [Said.COMING, Said.CANNOT] * 501
    await asyncio.gather(*[house.services.alarms.answer(carl.token, alarm, one, 1) for one in said])
    for phone in (anna, carl):
        phone.unread.clear()

    for cursor in (bo.cursor, 999_999):
        bo.cursor = None
        snapshot = await bo.connects(cursor)
        assert [one["id"] for one in snapshot["alarms"]] == [alarm]
        bo.hears_nothing()
        bo.drops()
    assert bo.resyncs == 2


async def test_a_wallboard_that_comes_back_sees_its_own_units_alarms_only(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", "erik syd")
    anna, dina, board = await house.connect("anna", "dina", "board-nord")
    board.drops()

    here = await anna.presses()
    await dina.presses()
    await board.comes_back()

    board.hears("raised", here)
    board.hears_nothing()
    for phone in (anna, dina):
        phone.unread.clear()


async def test_a_house_that_comes_back_together_is_told_the_same_as_one_by_one(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", "nora nord")
    anna, bo, carl, nora, lone = await house.connect("anna", "bo", "carl", "nora", "lone")
    carl.drops()
    first = await anna.presses()
    bo.drops()
    await house.passes(20)
    nora.drops()
    await lone.says("coming", first)
    await anna.presses("assist")
    read: list[str] = []
    open_alarms = store.open_alarms

    async def counted(tx: Reader, institution: str) -> list[Alarm]:
        read.append(institution)
        return await open_alarms(tx, institution)

    monkeypatch.setattr(store, "open_alarms", counted)

    had = {phone: phone.cursor for phone in (bo, carl, nora)}
    await asyncio.gather(*(phone.connects(cursor) for phone, cursor in had.items()))

    # Not once a phone: only who has to look further back than those before it has it read again.
    assert len(read) <= 2
    assert len(set(had.values())) == 3
    everything = [as_it_was(one.frame) for one in anna.unread]
    for phone, cursor in had.items():
        missed = [as_it_was(one.frame) for one in phone.unread if one.frame["cursor"] > (cursor or 0)]
        assert missed == [one for one in everything if one["cursor"] > (cursor or 0)]
    for phone in (anna, bo, carl, nora, lone):
        phone.unread.clear()
