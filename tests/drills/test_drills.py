"""Practice for a whole unit: held now or when planned, kept in the building, reported, and over by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hub.drills.drill import MISSED_AFTER, Begun, Drill, State, came_due, cancelled
from hub.storage import journal
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)
STEPS = 20 + 30 + 40


async def asks(house: House, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {house.tokens[who if who in house.tokens else f'phone-{who}']}"}
    answer = await house.http.request(method, path, json=body, headers=headers)
    await house.settle()
    return answer


async def holds(house: House, who: str = "lone", **more: Any) -> dict[str, Any]:
    answer = await asks(house, who, "POST", "/api/drills", {"unit": "nord", "kind": "alarm", **more})
    assert answer.status_code == 201, answer.text
    drill: dict[str, Any] = answer.json()
    return drill


async def seen(house: House, drill: dict[str, Any]) -> dict[str, Any]:
    answer = await asks(house, "lone", "GET", f"/api/drills/{drill['id']}")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_drill_now_is_heard_and_reported_and_ends_by_itself(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "dina syd", sms=True)
    anna, bo, leif = await house.connect("anna", "bo", "leif")
    drill = await holds(house)
    assert (drill["state"], drill["ends_at"]) == ("running", "2026-03-10T13:01:30.000Z")
    alarm = drill["alarm"]
    house.hear("raised", anna, bo, drill=True, unit="nord", raised_by="lone")
    await house.passes(2)
    await anna.confirms(alarm)
    await house.passes(3)
    await anna.says("coming", alarm)
    house.hear("answered", anna, bo)

    report = {line["person"]: line for line in (await seen(house, drill))["report"]}
    assert report["anna"] == {
        "person": "anna",
        "name": "Anna",
        "heard_after": 2.0,
        "answer": "coming",
        "answered_after": 5.0,
    }
    assert (report["bo"]["heard_after"], report["bo"]["answer"]) == (None, None)

    await house.until(house.clock.now() + timedelta(seconds=STEPS))
    assert (await seen(house, drill))["state"] == "ended"
    for phone in (anna, bo):
        last = phone.unread[-1].frame
        phone.unread.clear()
        assert (last["event"], last["alarm"]["outcome"]) == ("resolved", "test")
    leif.hears_nothing()
    async with house.database.read() as tx:
        entries = await journal.about(tx, "house", f"drill:{drill['id']}")
    assert [entry.event for entry in entries] == ["drill_planned", "drill_running", "drill_ended"]


@pytest.mark.parametrize("outside", [False, True])
async def test_a_drill_leaves_the_building_only_if_it_says_so(begin: Begin, outside: bool) -> None:
    house = await begin("anna nord", sms=True)
    drill = await holds(house, "lone", outside=outside)
    await house.passes(STEPS - 1)
    alarm = await house.alarm(drill["alarm"])
    assert ("contact:guard" in alarm.told) is outside
    await house.passes(2)


async def test_a_planned_drill_is_held_at_its_moment_also_after_a_restart(begin: Begin) -> None:
    house = await begin("anna nord")
    (anna,) = await house.connect("anna")
    drill = await holds(house, at="2026-03-10T14:00:30+01:00")
    assert drill["state"] == "planned"
    await house.is_killed()
    await house.starts()
    await anna.comes_back()
    await house.passes(29)
    anna.hears_nothing()
    await house.passes(2)
    house.hear("raised", anna, drill=True)
    assert (await seen(house, drill))["state"] == "running"


async def test_a_drill_that_is_cancelled_is_not_held(begin: Begin) -> None:
    house = await begin("anna nord")
    await house.connect("anna")
    drill = await holds(house, at="2026-03-10T14:00:10+01:00")
    assert (await asks(house, "lone", "DELETE", f"/api/drills/{drill['id']}")).json()["state"] == "cancelled"
    await house.passes(15)
    house.is_quiet()


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("lone", {"unit": "nord", "kind": "alarm"}, 201),
        ("leif", {"unit": "syd", "kind": "assist"}, 201),
        ("ada", {"unit": "vest", "kind": "alarm"}, 201),
        ("anna", {"unit": "nord", "kind": "alarm"}, 403),
        ("board-nord", {"unit": "nord", "kind": "alarm"}, 403),
        ("lone", {"unit": "syd", "kind": "alarm"}, 403),
        ("lone", {"unit": "moon", "kind": "alarm"}, 404),
        ("lone", {"unit": "nord", "kind": "party"}, 422),
        ("lone", {"unit": "nord", "kind": "alarm", "at": "2026-03-10T12:00:00Z"}, 422),
        ("lone", {"unit": "nord", "kind": "alarm", "who": "all"}, 422),
    ],
)
async def test_who_may_hold_which_drill(begin: Begin, who: str, body: dict[str, Any], status: int) -> None:
    house = await begin("anna nord")
    assert (await asks(house, who, "POST", "/api/drills", body)).status_code == status


async def test_only_those_who_lead_see_a_drill(begin: Begin) -> None:
    house = await begin("anna nord")
    drill = await holds(house, at="2026-03-11T14:00:00Z")
    assert (await asks(house, "anna", "GET", f"/api/drills/{drill['id']}")).status_code == 404
    assert (await asks(house, "anna", "GET", "/api/drills")).json() == {"drills": []}
    assert [one["id"] for one in (await asks(house, "leif", "GET", "/api/drills")).json()["drills"]] == [drill["id"]]


def planned() -> Drill:
    return Drill("house", "id", "nord", "alarm", "lone", NOW, timedelta(seconds=90))


def test_a_drill_that_the_hub_slept_through_is_missed() -> None:
    late = came_due(planned(), NOW + MISSED_AFTER + timedelta(seconds=1), "alarm")
    assert late is not None
    assert (late.state, late.alarm, late.due_at) == (State.MISSED, None, None)


def test_a_drill_begins_late_rather_than_short() -> None:
    running = came_due(planned(), NOW + timedelta(seconds=45), "alarm")
    assert running is not None
    assert running.due_at == NOW + timedelta(seconds=135)
    with pytest.raises(Begun):
        cancelled(running)
