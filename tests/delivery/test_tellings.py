"""Who is told again must hear it again: a receipt stops what its own telling had still to send, and nothing later."""

from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, phone_number

PUSHED = RULES.replace('"live", "sms"', '"live", "push", "sms"')


def numbers(house: House) -> list[str]:
    assert house.sms is not None
    return house.sms.numbers


async def test_an_alarm_that_is_raised_again_reaches_those_who_heard_it_the_first_time(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord", rules=PUSHED, sms=True, push=True)
    (anna,) = await house.connect("anna")
    bos, carls = [await house.town.closed_page(house, name) for name in ("bo", "carl")]
    alarm = await anna.presses()
    await house.settle()
    first = await bos.shows()
    await carls.shows()
    await house.passes(10)
    assert numbers(house) == []
    assert (await bos.replies(first, answer="coming")).status_code == 200

    # Bo forgets it. What he and Carl heard was the telling before this one.
    await house.passes(60)
    assert (await house.events(alarm))[-1] == "sent"
    await bos.shows()
    assert len(carls.came) == 1
    await house.passes(5)

    assert numbers(house) == [phone_number("carl")]
    anna.unread.clear()


async def test_a_last_resort_that_is_repeated_calls_out_each_time_until_it_is_heard(begin: Begin) -> None:
    alone = RULES.replace(', "contact:guard"', "")
    house = await begin(rules=alone, without=["lone"], sms=True)
    anna, leif = await house.connect("anna", "leif")
    alarm = await anna.presses()
    await leif.confirms(alarm)
    await house.passes(30)
    assert numbers(house) == []

    await house.passes(30)
    await house.passes(5)
    assert numbers(house) == [phone_number("leif")]

    await house.passes(55)
    await leif.confirms(alarm, "received")
    await house.passes(5)
    assert numbers(house) == []
    timeline = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]
    heard = [line["event"] for line in timeline if line["by"] == {"id": "leif", "name": "Leif"}]
    assert heard == ["received", "shown", "received"]
    for phone in (anna, leif):
        phone.unread.clear()


async def test_a_receipt_that_stops_nothing_is_kept_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    for _ in range(3):
        await bo.confirms(alarm)

    timeline = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]
    assert [line["event"] for line in timeline] == ["raised", "received", "shown"]
    for phone in (anna, bo):
        phone.unread.clear()
