"""A unit that too few would hear says so before anything happens: once, again when it lasts, and when it is over."""

from hub.storage import journal
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone
from tests.scenarios.world import RULES, House

pytestmark = on_both

TWO = RULES.replace("minimum_reach = 0", "minimum_reach = 2")
ONE = RULES.replace("minimum_reach = 0", "minimum_reach = 1")


def warned(phone: Phone) -> list[str]:
    """What the screen was warned of, and forgets it."""
    codes = [frame["code"] for frame in phone.warnings]
    phone.warnings.clear()
    return codes


async def journalled(house: House) -> list[str]:
    async with house.database.read() as tx:
        return [entry.event for entry in await journal.about(tx, "house", "reach:nord")]


async def test_too_few_is_told_to_the_units_screens_and_the_shift_lead_after_the_grace(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO)
    anna, bo, board, lone, dina = await house.connect("anna", "bo", "board-nord", "lone", "dina")
    await house.passes(40)
    assert not warned(anna)

    bo.drops()
    await house.passes(59)
    assert not warned(anna)
    await house.passes(2)

    (frame,) = lone.warnings
    assert frame == {
        "type": "warning",
        "code": "reach_low",
        "unit": "nord",
        "unit_name": "Nord",
        "reachable": 1,
        "minimum": 2,
    }
    assert [warned(one) for one in (anna, board, lone, dina)] == [["reach_low"], ["reach_low"], ["reach_low"], []]

    await house.is_asleep_until("2026-03-10T14:16:35")
    assert not warned(anna)
    await house.passes(15)
    assert warned(anna) == ["reach_low"]

    await bo.comes_back()
    await house.passes(1)
    assert warned(anna) == ["reach_restored"]
    assert await journalled(house) == ["reach_low", "reach_low", "reach_restored"]


async def test_a_short_gap_is_not_worth_a_word(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO)
    anna, bo = await house.connect("anna", "bo")
    for _ in range(2):
        bo.drops()
        await house.passes(50)
        await bo.comes_back()
        await house.passes(5)
    assert not warned(anna)
    assert not await journalled(house)


async def test_a_shift_lead_without_a_screen_gets_a_text_message_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO, sms=True)
    await house.connect("anna")
    assert house.sms is not None
    await house.passes(75)
    assert [(number, notice.title) for number, notice in house.sms.sent] == [
        ("+4520000007", "For få kan høre en alarm")
    ]
    assert house.sms.sent[0][1].text == "Nord: 1 kan høre en alarm nu; der skal være 2."


async def test_a_restart_neither_repeats_nor_forgets(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO)
    (anna,) = await house.connect("anna")
    await house.passes(90)
    assert warned(anna) == ["reach_low"]

    await house.is_killed()
    await house.starts()
    snapshot = await anna.comes_back()
    assert [one["code"] for one in snapshot["warnings"]] == ["reach_low"]
    await house.is_asleep_until("2026-03-10T14:15:50")
    assert not warned(anna)
    await house.passes(15)
    assert warned(anna) == ["reach_low"]
    assert await journalled(house) == ["reach_low", "reach_low"]


async def test_a_restart_does_not_take_devices_on_their_way_back_for_missing(begin: Begin) -> None:
    house = await begin(
        "anna nord", "bo nord", rules=TWO.replace("minimum_reach = 2", "minimum_reach = 2\nminimum_grace = 0")
    )
    anna, bo = await house.connect("anna", "bo")
    await house.is_killed()
    await house.starts()
    await house.passes(20)
    await anna.comes_back()
    await bo.comes_back()
    await house.passes(60)
    assert not [code for code in warned(anna) if code == "reach_low"]


async def test_an_empty_roster_is_a_closed_unit(begin: Begin) -> None:
    house = await begin("anna nord", rules=ONE)
    (lone,) = await house.connect("lone")
    await house.connect("anna")
    await house.passes(90)
    assert not warned(lone), "vest and syd have nobody on duty"
