"""What is asked for afterwards: pages of alarms, and one with its timeline."""

from urllib.parse import quote

import pytest

from hub.alarms.queries import PAGE
from tests.scenarios.conftest import Begin


async def test_pages_show_every_alarm_once_newest_first(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo = await house.connect("anna", "bo")
    pressed = []
    for n in range(PAGE + 7):
        if n % 3:
            house.clock.advance(0.001)
        pressed.append(await anna.presses("assist"))
    for phone in (anna, bo):
        phone.unread.clear()

    first = await bo.asks("/api/alarms")
    second = await bo.asks(f"/api/alarms?before={quote(first['next'])}")

    assert len(first["alarms"]) == PAGE
    assert "next" not in second
    seen = [alarm["id"] for alarm in first["alarms"] + second["alarms"]]
    assert sorted(seen) == sorted(pressed)
    raised = [alarm["raised_at"] for alarm in first["alarms"] + second["alarms"]]
    assert raised == sorted(raised, reverse=True)
    # As it stands, as a careless client would send it.
    assert await bo.asks(f"/api/alarms?before={first['next']}") == second


async def test_a_page_is_filled_from_what_the_caller_may_see(begin: Begin) -> None:
    house = await begin("anna nord", "dina syd", "erik syd")
    anna, dina, vera = await house.connect("anna", "dina", "vera")
    here = await anna.presses(place="room-nord")
    for _ in range(PAGE + 3):
        await dina.presses(place="room-syd")
    for phone in (anna, dina):
        phone.unread.clear()

    # A whole page of Syd's is newer than the one that Anna may see.
    assert [alarm["id"] for alarm in (await anna.asks("/api/alarms"))["alarms"]] == [here]
    assert await vera.asks("/api/alarms") == {"alarms": []}


@pytest.mark.parametrize("cursor", ["yesterday", "2026-03-10T13:00:00~x", "2026-03-10T13:00:00Z", "~", "Z~x"])
async def test_a_cursor_that_the_hub_did_not_give_is_refused(begin: Begin, cursor: str) -> None:
    house = await begin("anna nord")
    (anna,) = await house.connect("anna")
    assert (await anna.asks(f"/api/alarms?before={cursor}", status=422))["code"] == "invalid"


async def test_an_alarm_that_one_may_not_know_of_is_not_there(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, vera = await house.connect("anna", "bo", "vera")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)

    assert (await vera.asks(f"/api/alarms/{alarm}", status=404))["code"] == "not_found"


async def test_a_timeline_names_who_was_told_and_which_steps_were_passed(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    anna, bo, lone = await house.connect("anna", "bo", "lone")
    alarm = await anna.presses()
    await house.passes(20)
    house.hear("raised", anna, bo)
    house.hear("escalated", anna, bo, lone)

    raised, escalated = (await anna.asks(f"/api/alarms/{alarm}"))["timeline"]

    assert raised["by"] == {"id": "anna", "name": "Anna"}
    assert raised["facts"]["told"] == [{"id": "bo", "name": "Bo"}]
    assert escalated["by"] is None
    assert escalated["facts"]["passed"] == [1]
    assert escalated["facts"]["told"] == [
        {"id": "lone", "name": "Lone"},
        {"id": "contact:guard", "name": "Vagtselskab"},
    ]
