"""The test at the start of a shift: asked once, once more after ten minutes, and then shown as missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.reach.proof import Asked, asked_now, shift_of, tapped
from hub.roster.shift import DutyState, Shift
from tests.scenarios.conftest import Begin
from tests.scenarios.phones import Phone
from tests.scenarios.world import House

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)


def asked(phone: Phone) -> list[int]:
    """How often the screen was asked, and forgets it."""
    times = [frame["times"] for frame in phone.proofs if frame["state"] == "asked"]
    phone.proofs.clear()
    return times


async def reach_of(phone: Phone, who: str) -> dict[str, Any]:
    people = (await phone.asks("/api/reach?unit=nord"))["people"]
    found: dict[str, Any] = next(one for one in people if one["person"] == who)
    return found


async def posts(house: House, who: str, proof: str) -> int:
    headers = {"Authorization": f"Bearer {house.tokens[f'phone-{who}']}"}
    answer = await house.http.post(f"/api/proofs/{proof}", headers=headers)
    await house.settle()
    return answer.status_code


async def silent_house(begin: Begin) -> tuple[House, Phone]:
    """Anna's shift begins in five minutes, and she taps nothing by herself."""
    house = await begin("anna nord active 2026-03-10T14:05:00 2026-03-10T22:00:00", "bo nord")
    anna, _ = await house.connect("anna", "bo")
    anna.taps = False
    return house, anna


async def test_it_is_asked_when_the_shift_begins_and_again_after_ten_minutes_and_no_more(begin: Begin) -> None:
    house, anna = await silent_house(begin)
    await house.is_asleep_until("2026-03-10T14:04:59")
    assert not asked(anna)
    await house.passes(2)
    assert asked(anna) == [1]
    await house.is_asleep_until("2026-03-10T14:14:59")
    assert not asked(anna)
    await house.passes(3)
    assert asked(anna) == [2]
    await house.is_asleep_until("2026-03-10T16:00")
    await house.passes(20)
    assert not asked(anna)
    one = await reach_of(anna, "anna")
    assert (one["reach"], one["reason"]) == ("partly", "not_proven")
    assert one["advice"] == "Har ikke hørt en prøve i denne vagt: svar på prøven på siden."


async def test_a_tap_makes_the_person_count_fully_and_quiets_their_other_screens(begin: Begin) -> None:
    house, anna = await silent_house(begin)
    await house.is_asleep_until("2026-03-10T14:05:01")
    proof = anna.proofs[-1]["id"]
    anna.say({"type": "proof", "id": proof})
    await house.settle()
    assert anna.proofs[-1]["state"] == "proven"
    one = await reach_of(anna, "anna")
    assert (one["reach"], one["reason"], one["proven_at"]) == ("full", "ok", "2026-03-10T13:05:01.000Z")
    asked(anna)
    await house.is_asleep_until("2026-03-10T14:30")
    assert not asked(anna)
    kept = await anna.asks("/api/proofs")
    assert kept["missing"] is None
    assert [(row["device"], row["channel"]) for row in kept["proofs"]] == [("phone-anna", "live")]


async def test_over_http_too_and_nobody_taps_for_another(begin: Begin) -> None:
    house, anna = await silent_house(begin)
    await house.is_asleep_until("2026-03-10T14:05:01")
    proof = anna.proofs[-1]["id"]
    assert await posts(house, "bo", proof) == 404
    assert (await reach_of(anna, "anna"))["reason"] == "not_proven"
    assert [await posts(house, "anna", proof) for _ in range(2)] == [200, 200]
    assert (await reach_of(anna, "anna"))["reason"] == "ok"


async def test_who_connects_later_finds_the_test_waiting_and_a_restart_keeps_it(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await house.is_asleep_until("2026-03-10T15:00")
    await house.is_asleep_until("2026-03-10T15:20")
    await house.is_killed()
    await house.starts()
    (bo,) = await house.connect("bo")
    assert len(asked(bo)) == 1
    await house.settle()
    assert (await reach_of(bo, "bo"))["reason"] == "ok"
    await house.is_killed()
    await house.starts()
    snapshot = await bo.comes_back()
    assert snapshot["proof"] is None
    assert (await reach_of(bo, "bo"))["reason"] == "ok"


async def test_the_next_shift_asks_anew(begin: Begin) -> None:
    house = await begin(
        "anna nord active 2026-03-10T08:00:00 2026-03-10T15:00:00",
        "anna nord active 2026-03-10T15:00:00 2026-03-10T22:00:00",
    )
    (anna,) = await house.connect("anna")
    await house.passes(2)
    assert (await reach_of(anna, "anna"))["reason"] == "ok"
    anna.taps = False
    await house.is_asleep_until("2026-03-10T15:00:05")
    await house.passes(1)
    assert (await reach_of(anna, "anna"))["reason"] == "not_proven"


async def test_the_advice_is_in_the_callers_language(begin: Begin) -> None:
    house = await begin("anna nord")
    (lone,) = await house.connect("lone")
    headers = {"Authorization": f"Bearer {lone.token}", "Accept-Language": "en-GB,en;q=0.9"}
    people = (await house.http.get("/api/reach?unit=nord", headers=headers)).json()["people"]
    assert people[0]["advice"] == "No device is connected: open the page on a phone or computer."


@given(st.integers(1, 12 * 60), st.integers(0, 12 * 60))
def test_it_is_never_asked_more_than_twice_nor_after_the_shift(length: int, tap: int) -> None:
    one = Asked("house", "id", "anna", NOW, NOW + timedelta(minutes=length), next_at=NOW)
    moments: list[datetime] = []
    while one.next_at is not None and one.next_at <= NOW + timedelta(minutes=tap):
        moments.append(one.next_at)
        one = asked_now(one, one.next_at)
    assert len(moments) <= 2
    assert all(moment < one.ends for moment in moments)
    done = tapped(one, NOW + timedelta(minutes=tap))
    assert done.next_at is None
    assert tapped(done, NOW + timedelta(days=1)) == done


def test_two_shifts_at_once_are_one_test() -> None:
    def shift(unit: str, starts: int, ends: int) -> Shift:
        return Shift.of(
            "here", "anna", unit, NOW + timedelta(hours=starts), NOW + timedelta(hours=ends), DutyState.ACTIVE
        )

    found = shift_of([shift("nord", 0, 8), shift("syd", -1, 4)])
    assert found == {"anna": (NOW - timedelta(hours=1), NOW + timedelta(hours=8))}
