"""A hub that is started without a channel that something waits for: the next one fires, and the operator is told."""

from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House, phone_number

PUSHED = RULES.replace('"live", "sms"', '"live", "push", "sms"')
SMS_IS_GONE = "En besked skulle sendes med sms, som hubben ikke har: sæt det op, eller tag det ud af reglen."


async def faults(house: House, status: int) -> list[str]:
    answer = await house.http.get("/health/ready", headers={"Accept-Language": "da"})
    assert answer.status_code == status, answer.text
    return list(answer.json()["faults"])


async def comes_back_without(house: House, channel: str) -> None:
    await house.is_killed()
    del house.ways[channel]
    await house.starts()
    await house.passes(1)


async def test_what_waited_for_a_channel_that_is_gone_makes_way_for_the_next_at_once(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=PUSHED, sms=True, push=True)
    anna, bo = await house.connect("anna", "bo")
    await house.town.closed_page(house, "bo")
    assert house.sms is not None
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await comes_back_without(house, "push")
    await house.passes(3.9)
    assert house.sms.numbers == []
    await house.passes(0.1)

    # Five seconds after the press the push was due, five after that the text message.
    assert await house.events(alarm) == ["raised", "not_sent", "sent"]
    assert house.sms.numbers == [phone_number("bo")]


async def test_without_any_other_channel_the_raiser_sees_that_it_failed(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", sms=True)
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    await comes_back_without(house, "sms")
    assert await faults(house, 200) == []
    await anna.comes_back()
    await house.passes(10)

    shown = await anna.asks(f"/api/alarms/{alarm}")
    assert shown["deliveries"]["failed"] == 1
    (failed,) = (line for line in shown["timeline"] if line["event"] == "not_sent")
    assert failed["facts"]["detail"] == "this hub has no channel sms any more"
    assert await faults(house, 503) == [SMS_IS_GONE]
    assert [frame["faults"] for frame in anna.warnings if frame["code"] == "hub_unwell"] == [[SMS_IS_GONE]]
    assert SMS_IS_GONE in (await house.http.get("/health")).text

    await house.is_asleep_until("2026-03-10T15:01")
    house.hear("escalated", anna)
    assert await faults(house, 200) == []
