"""What users of other alarm systems keep asking for, wish by wish: being reached with the page closed."""

from tests.scenarios.conftest import Begin
from tests.scenarios.outside import ClosedPage
from tests.scenarios.phones import Phone
from tests.scenarios.world import RULES, House, phone_number

PUSHED = RULES.replace('"live", "sms"', '"live", "push", "sms"')


async def bo_with_his_page_closed(begin: Begin) -> tuple[House, Phone, ClosedPage]:
    """Bo has asked to be reached with the page closed, and closed it."""
    house = await begin("anna nord", "bo nord", rules=PUSHED, sms=True, push=True)
    (anna,) = await house.connect("anna")
    page = await house.town.closed_page(house, "bo")
    await house.passes(1)
    return house, anna, page


def numbers(house: House) -> list[str]:
    assert house.sms is not None
    return house.sms.numbers


async def test_push_that_died_in_silence_after_a_phone_change(begin: Begin) -> None:
    house, anna, page = await bo_with_his_page_closed(begin)
    (lone,) = await house.connect("lone")
    page.lost = True

    alarm = await anna.presses()

    # The service knows him no more: the text message waits for no receipt, and who leads the shift is told why.
    await house.passes(0.1)
    assert numbers(house) == [phone_number("bo")]
    assert [(frame["code"], frame["name"]) for frame in lone.warnings] == [("push_lost", "Bo")]
    assert await house.events(alarm) == ["raised", "not_sent", "sent"]
    await house.passes(10)
    (bos,) = (one for one in (await lone.asks("/api/reach?unit=nord"))["people"] if one["person"] == "bo")
    assert (bos["reach"], bos["reason"]) == ("not", "not_connected")

    # His new phone asks to be reached, and is.
    new = await house.town.closed_page(house, "bo")
    await anna.resolves(alarm)
    again = await anna.presses()
    assert (await new.shows())["tag"] == again
    await house.passes(10)
    assert numbers(house) == []
    anna.unread.clear()


async def test_push_that_died_in_silence_in_android_doze(begin: Begin) -> None:
    house, anna, page = await bo_with_his_page_closed(begin)
    page.dozes = True

    alarm = await anna.presses()
    await house.passes(4.9)

    # The push service said 201. Only the phone's own word counts, and it has said none.
    assert await house.events(alarm) == ["raised", "sent"]
    assert numbers(house) == []
    await house.passes(0.1)
    assert numbers(house) == [phone_number("bo")]
    assert (await anna.asks(f"/api/alarms/{alarm}"))["deliveries"]["received"] == 0
    anna.unread.clear()


async def test_a_test_push_that_works_when_the_real_one_fails(begin: Begin) -> None:
    house, anna, page = await bo_with_his_page_closed(begin)
    # The second try of the test at the start of his shift, ten minutes after the first.
    await house.is_asleep_until("2026-03-10T14:10:00")
    await house.passes(1)
    test = await page.shows()
    assert test["tag"].startswith("proof:")

    # The real one goes the same way with the same urgency, and is believed no more for the test's sake.
    page.dozes = True
    alarm = await anna.presses()
    await house.passes(5)
    tested, real = page.headers
    alike = ("urgency", "content-encoding", "content-type")
    assert [tested.get(name) for name in alike] == [real.get(name) for name in alike]
    assert tested["urgency"] == "high"
    assert min(int(tested["ttl"]), int(real["ttl"])) >= 900
    assert numbers(house) == [phone_number("bo")]
    assert (await anna.asks(f"/api/alarms/{alarm}"))["deliveries"]["received"] == 0

    # And a drill is a real alarm in everything but its name.
    page.dozes = False
    await anna.resolves(alarm, "test")
    drill = await anna.presses(drill=True)
    shown = await page.shows()
    assert (shown["tag"], shown["drill"], shown["title"]) == (drill, True, "ØVELSE – ALARM")
    await house.passes(10)
    assert numbers(house) == []
    assert (await page.replies(shown, answer="coming")).status_code == 200
    anna.unread.clear()
