"""Who may ask what of a session, and what the hub answers."""

from typing import Any
from uuid import uuid4

import pytest

from hub.people.setup import parse
from hub.roster.actions import setup_site
from tests.lone.outings import HERE, asks, does, goes, leaps
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House

VERBS: dict[str, Any] = {"extend": {"minutes": 5}, "check-in": {}, "end": {}, "position": HERE}
ELSEWHERE = """
[institution]
id = "elsewhere"
name = "Et andet sted"
municipality = "29189998"
timezone = "Europe/Copenhagen"
rules = "here"
[[person]]
id = "eve"
name = "Eve"
role = "admin"
[[device]]
id = "phone-eve"
kind = "phone"
person = "eve"
"""


@pytest.fixture
async def house(begin: Begin) -> House:
    house = await begin("anna nord", "bo nord", "dina syd")
    done = await setup_site(house.database, parse(ELSEWHERE), RULES, house.clock)
    house.tokens |= done.tokens
    return house


async def test_a_session_as_its_person_sees_it(house: House) -> None:
    session = await goes(house, "anna", 45, place="Skovvej 4", purpose="Hjemmebesøg", position=HERE, grace=90)
    expected = {
        "person": "anna",
        "person_name": "Anna",
        "unit": "nord",
        "unit_name": "Nord",
        "place": "Skovvej 4",
        "place_name": "Skovvej 4",
        "purpose": "Hjemmebesøg",
        "state": "running",
        "version": 1,
        "minutes": 45,
        "grace": 90,
        "starts": "2026-03-10T13:00:00.000Z",
        "alive_at": "2026-03-10T13:00:00.000Z",
        "reminds_at": "2026-03-10T13:40:00.000Z",
        "ends_at": "2026-03-10T13:45:00.000Z",
        "alarms_at": "2026-03-10T13:46:30.000Z",
        "position": HERE,
    }
    assert session == expected | {"id": session["id"]}
    assert (await asks(house, "anna", "GET", "/api/lone")).json() == {"sessions": [session]}


async def test_a_place_of_the_site_is_called_by_its_name(house: House) -> None:
    session = await goes(house, "anna", place="room-syd")
    assert (session["place"], session["place_name"], session["unit"]) == ("room-syd", "Rum i syd", "syd")


async def test_the_same_start_again_finds_the_same_session(house: House) -> None:
    body = {"id": str(uuid4()), "minutes": 45}
    first = await asks(house, "anna", "POST", "/api/lone", body)
    again = await asks(house, "anna", "POST", "/api/lone", body | {"id": body["id"].upper(), "minutes": 90})  # type: ignore[attr-defined]
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_somebody_elses_id_is_refused(house: House) -> None:
    session = await goes(house, "anna")
    answer = await asks(house, "bo", "POST", "/api/lone", {"id": session["id"], "minutes": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_a_person_has_one_session_at_a_time(house: House) -> None:
    session = await goes(house, "anna")
    answer = await asks(house, "anna", "POST", "/api/lone", {"id": str(uuid4()), "minutes": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_running")
    assert answer.json()["lone"]["id"] == session["id"]
    await does(house, "anna", session, "end")
    await goes(house, "anna")


async def test_only_a_person_is_alone(house: House) -> None:
    answer = await asks(house, "board-nord", "POST", "/api/lone", {"id": str(uuid4()), "minutes": 5})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await asks(house, "board-nord", "GET", "/api/lone")).json() == {"sessions": []}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"minutes": 0.001}, "minutes"),
        ({"minutes": "soon"}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"id": "seven"}, "id"),
        ({"grace": -1}, "grace"),
        ({"grace": 3601}, "grace"),
        ({"place": ""}, "place"),
        ({"place": "x" * 201}, "place"),
        ({"purpose": "x" * 501}, "purpose"),
        ({"position": {"lat": 91, "lon": 0, "accuracy_m": 1}}, "position.lat"),
        ({"position": {"lat": 1, "lon": 1}}, "accuracy_m"),
        ({"kind": "alarm"}, "kind"),
    ],
    ids=str,
)
async def test_a_start_that_cannot_be_meant_names_what_to_mend(house: House, body: dict[str, Any], names: str) -> None:
    answer = await asks(house, "anna", "POST", "/api/lone", {"id": str(uuid4()), "minutes": 45} | body)
    assert answer.status_code == 422
    assert names in answer.json()["detail"]
    assert (await asks(house, "anna", "GET", "/api/lone")).json() == {"sessions": []}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("who", "status"),
    [("anna", 200), ("bo", 404), ("dina", 404), ("lone", 403), ("leif", 403), ("board-nord", 404), ("eve", 404)],
)
async def test_a_sign_of_life_comes_from_the_one_who_is_alone(house: House, who: str, status: int, verb: str) -> None:
    session = await goes(house, "anna", position=HERE)
    answer = await asks(house, who, "POST", f"/api/lone/{session['id']}/{verb}", VERBS[verb])
    assert answer.status_code == (204 if status == 200 and verb == "position" else status)


@pytest.mark.parametrize("verb", VERBS)
async def test_without_a_credential_and_without_a_session_nothing_happens(house: House, verb: str) -> None:
    stranger = await house.http.post(f"/api/lone/{uuid4()}/{verb}", json=VERBS[verb])
    assert stranger.status_code == 401
    missing = await asks(house, "anna", "POST", f"/api/lone/{uuid4()}/{verb}", VERBS[verb])
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("state", "code"), [("ended", "over"), ("ran out", "ran_out")])
async def test_what_is_over_is_over(house: House, verb: str, state: str, code: str) -> None:
    session = await goes(house, "anna", 5)
    if state == "ended":
        await does(house, "anna", session, "end")
    else:
        await leaps(house, 7 * 60)
    answer = await asks(house, "anna", "POST", f"/api/lone/{session['id']}/{verb}", VERBS[verb])
    if (verb, state) == ("end", "ended"):
        assert (answer.status_code, answer.json()["state"]) == (200, "ended")
    elif (verb, state) == ("position", "ran out"):
        assert answer.status_code == 204, "the alarm is open, so those who come may follow"
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        if verb != "position":
            assert answer.json()["lone"]["id"] == session["id"]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("extend", {}),
        ("extend", {"minutes": 0}),
        ("extend", {"minutes": 720}),
        ("check-in", {"until": "2026-03-10T12:59:00Z"}),
        ("check-in", {"until": "2026-03-10T14:00:00"}),
        ("check-in", {"until": "2026-03-11T14:00:00Z"}),
        ("check-in", {"sound": "on"}),
        ("end", {"why": "home"}),
        ("position", {"lat": 1, "lon": 2, "accuracy_m": -1}),
        ("position", {}),
    ],
)
async def test_a_verb_that_cannot_be_meant_changes_nothing(house: House, verb: str, body: dict[str, Any]) -> None:
    session = await goes(house, "anna")
    answer = await asks(house, "anna", "POST", f"/api/lone/{session['id']}/{verb}", body)
    assert answer.status_code == 422
    assert (await asks(house, "anna", "GET", "/api/lone")).json() == {"sessions": [session]}


async def test_a_check_in_and_an_end_need_no_body(house: House) -> None:
    session = await goes(house, "anna")
    for verb in ("check-in", "end"):
        answer = await asks(house, "anna", "POST", f"/api/lone/{session['id']}/{verb}")
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("who", "unit", "status", "seen"),
    [
        ("lone", "nord", 200, ["anna", "bo"]),
        ("leif", "nord", 200, ["anna", "bo"]),
        ("ada", "syd", 200, ["dina"]),
        ("leif", "vest", 200, []),
        ("lone", "syd", 403, []),
        ("anna", "nord", 403, []),
        ("board-nord", "nord", 403, []),
        ("eve", "nord", 404, []),
        ("leif", "cellar", 404, []),
    ],
)
async def test_those_who_lead_a_unit_see_who_is_alone_there(
    house: House, who: str, unit: str, status: int, seen: list[str]
) -> None:
    for person, minutes in (("bo", 60), ("anna", 45), ("dina", 45)):
        await goes(house, person, minutes, place="Skovvej 4", position=HERE)
    answer = await asks(house, who, "GET", f"/api/lone?unit={unit}")
    assert answer.status_code == status
    if status == 200:
        sessions = answer.json()["sessions"]
        assert [one["person"] for one in sessions] == seen
        assert all(one["place"] == "Skovvej 4" for one in sessions)
        assert not any("position" in one for one in sessions), "where somebody is, is told by an alarm only"


async def test_the_raiser_of_an_alarm_is_followed_until_the_all_clear(house: House) -> None:
    anna, bo = await house.connect("anna", "bo")
    alarm = await anna.presses()
    house.hear("raised", anna, bo)
    path = f"/api/alarms/{alarm}/position"
    assert (await asks(house, "anna", "POST", path, HERE)).status_code == 204
    assert bo.positions.pop()["position"] == HERE
    assert not anna.positions
    assert (await asks(house, "leif", "GET", f"/api/alarms/{alarm}")).json()["position"] == HERE
    assert (await asks(house, "bo", "POST", path, HERE)).status_code == 403
    assert (await asks(house, "dina", "POST", path, HERE)).status_code == 404
    assert (await asks(house, "eve", "POST", path, HERE)).status_code == 404
    await anna.resolves(alarm)
    house.hear("resolved", anna, bo)
    assert (await asks(house, "anna", "POST", path, HERE)).status_code == 409


async def test_the_published_interface_knows_all_this(house: House) -> None:
    openapi = (await house.http.get("/openapi.json")).json()
    assert {path for path in openapi["paths"] if "lone" in path} == {
        "/api/lone",
        *(f"/api/lone/{{session}}/{verb}" for verb in VERBS),
    }
    asyncapi = (await house.http.get("/asyncapi.json")).json()
    assert {"LoneFrame", "PositionFrame"} <= set(asyncapi["channels"]["live"]["messages"])
