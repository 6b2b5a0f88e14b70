"""Somebody asks for the test themself: it goes every way that an alarm would, and counts as the test of their shift."""

from typing import Any

from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone
from tests.scenarios.world import RULES

PUSHED = RULES.replace('"live", "sms"', '"live", "push", "sms"')


async def asks_for_it(phone: Phone, status: int = 201) -> dict[str, Any]:
    answer = await phone.house.http.post("/api/proofs", headers={"Authorization": f"Bearer {phone.token}"})
    assert answer.status_code == status, answer.text
    await phone.house.settle()
    asked: dict[str, Any] = answer.json()
    return asked


async def test_it_comes_to_the_open_page_and_beside_it_as_a_notification(begin: Begin) -> None:
    house = await begin("anna nord", rules=PUSHED, push=True)
    await house.connect("anna")
    (bo,) = await house.connect("bo")
    bo.taps = False
    page = await house.town.closed_page(house, "bo")

    asked = await asks_for_it(bo)
    assert (asked["state"], asked["times"], asked["push"]) == ("asked", 1, True)
    assert [frame["id"] for frame in bo.proofs] == [asked["id"]]
    await house.passes(1)
    assert (await page.shows())["title"] == "Kan du høre dette?"
    assert (await bo.asks("/api/proofs"))["missing"]["id"] == asked["id"]

    again = await asks_for_it(bo)
    assert (again["id"], again["times"]) == (asked["id"], 2)
    bo.say({"type": "proof", "id": asked["id"]})
    await house.settle()
    assert (await bo.asks("/api/proofs"))["missing"] is None
    (subscription,) = (await bo.asks("/api/push/subscriptions"))["subscriptions"]
    assert subscription["proven_at"] >= asked["at"]


async def test_on_duty_it_is_the_test_of_the_shift(begin: Begin) -> None:
    house = await begin("anna nord active 2026-03-10T14:05:00 2026-03-10T22:00:00", "bo nord")
    anna, _ = await house.connect("anna", "bo")
    anna.taps = False
    await house.is_asleep_until("2026-03-10T14:05:01")
    (shifts_own,) = anna.proofs
    asked = await asks_for_it(anna)
    assert (asked["id"], asked["push"]) == (shifts_own["id"], False)
    anna.say({"type": "proof", "id": asked["id"]})
    await house.settle()
    people = (await anna.asks("/api/reach?unit=nord"))["people"]
    assert [(one["person"], one["reach"]) for one in people] == [("anna", "full"), ("bo", "full")]


async def test_the_duty_board_tells_whose_shift_it_is_until_when_and_who_comes_next(begin: Begin) -> None:
    house = await begin(
        "anna nord active 2026-03-10T07:00:00 2026-03-10T15:00:00",
        "bo nord active 2026-03-10T15:00:00 2026-03-10T23:00:00",
        "anna nord active 2026-03-12T07:00:00 2026-03-12T15:00:00",
    )
    (anna,) = await house.connect("anna")
    board = await anna.asks("/api/duty/board")
    assert [(one["unit"], one["from"], one["to"]) for one in board["mine"]] == [
        ("nord", "2026-03-10T06:00:00.000Z", "2026-03-10T14:00:00.000Z"),
        ("nord", "2026-03-12T06:00:00.000Z", "2026-03-12T14:00:00.000Z"),
    ]
    nord = board["units"][0]
    assert (nord["unit"], nord["reachable"], nord["until"]) == ("nord", 1, {"anna": "2026-03-10T14:00:00.000Z"})
    assert [(one["name"], one["from"]) for one in nord["next"]] == [("Bo", "2026-03-10T14:00:00.000Z")]
