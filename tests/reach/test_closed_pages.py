"""A leader and a colleague whose pages are closed: the warning and the test reach them through a push service."""

from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House

TWO = RULES.replace("minimum_reach = 0", "minimum_reach = 2")
PUSHED = RULES.replace('"live", "sms"', '"live", "push", "sms"')


def numbers(house: House) -> list[str]:
    assert house.sms is not None
    return house.sms.numbers


async def test_the_shift_lead_is_warned_of_low_reach_and_what_they_saw_is_not_sent_again(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO, sms=True, push=True)
    await house.connect("anna")
    page = await house.town.closed_page(house, "lone")
    await house.passes(75)

    warning = await page.shows()
    assert (warning["title"], warning["body"], warning["actions"]) == (
        "For få kan høre en alarm",
        "Nord: 1 kan høre en alarm nu; der skal være 2.",
        [],
    )
    await house.passes(30)
    assert numbers(house) == []
    answer = await page.replies(warning, answer="coming")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_shift_lead_whose_phone_shows_nothing_gets_the_text_message(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO, sms=True, push=True)
    await house.connect("anna")
    page = await house.town.closed_page(house, "lone")
    page.dozes = True
    await house.passes(70)
    assert len(page.headers) == 1
    assert numbers(house) == []
    await house.passes(20)
    assert numbers(house) == ["+4520000007"]


async def test_the_test_of_the_shift_reaches_a_closed_page_and_proves_the_browser_but_not_the_person(
    begin: Begin,
) -> None:
    later = "bo nord active 2026-03-10T14:05:00 2026-03-10T22:00:00"
    house = await begin("anna nord", later, rules=PUSHED, push=True)
    (anna,) = await house.connect("anna")
    page = await house.town.closed_page(house, "bo")

    async def reason() -> str:
        people = (await anna.asks("/api/reach?unit=nord"))["people"]
        return str(next(one["reason"] for one in people if one["person"] == "bo"))

    await house.is_asleep_until("2026-03-10T14:04:59")
    assert not page.came
    await house.passes(2)
    assert await reason() == "push_unproven"

    test = await page.shows()
    await house.passes(15)
    assert test["title"] == "Kan du høre dette?"
    assert await reason() == "push_only"
    assert (await page.replies(test, answer="coming")).status_code == 422

    # The test still waits for the person: the page asks as soon as it is open, and then Bo counts fully.
    (bo,) = await house.connect("bo")
    await house.passes(1)
    assert [frame["state"] for frame in bo.proofs] == ["asked", "proven"]
    assert await reason() == "ok"


async def test_a_browser_that_no_alarm_is_sent_to_catches_nobody(begin: Begin) -> None:
    """The rule of the house says nothing of push, or the hub has no push any more."""
    for rules, push in ((RULES, True), (PUSHED, False)):
        house = await begin("anna nord", "bo nord", rules=rules, push=True)
        (anna,) = await house.connect("anna")
        await house.town.closed_page(house, "bo")
        if not push:
            await house.is_killed()
            del house.ways["push"]
            await house.starts()
            await anna.comes_back()
        people = (await anna.asks("/api/reach?unit=nord"))["people"]
        assert [(one["person"], one["reach"]) for one in people] == [("anna", "full"), ("bo", "not")]


async def test_nobody_proves_or_ends_the_browser_of_somebody_else(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", rules=TWO, push=True)
    (anna,) = await house.connect("anna")
    lones, bos = await house.town.closed_page(house, "lone"), await house.town.closed_page(house, "bo")
    await house.passes(75)
    lones.endpoint = bos.endpoint
    await lones.shows()
    (bo,) = await house.connect("bo")
    (browser,) = (await bo.asks("/api/push/subscriptions"))["subscriptions"]
    assert browser["proven_at"] is None

    async def ends(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return (await house.http.delete(f"/api/push/subscriptions/{browser['id']}", headers=headers)).status_code

    assert [await ends(phone.token) for phone in (anna, bo, bo)] == [404, 204, 404]
