"""The HTTP table of the protocol, call by call, against a real hub."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.web.served import MOON, PASSWORD, SUN, Json, Served, press, refusal

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestRaising:
    async def test_an_alarm_is_created_and_the_same_id_finds_it_again(self, served: Served) -> None:
        pressed = press(note="ved døren", position={"lat": 55.6, "lon": 12.5, "accuracy_m": 8}, place="stue-syd")
        async with served.http("telefon-anna") as http:
            first = await http.post("/api/alarms", json=pressed)
            again = await http.post("/api/alarms", json=pressed)
            changed = await http.post("/api/alarms", json=pressed | {"note": "another", "kind": "assist"})
        assert (first.status_code, again.status_code, changed.status_code) == (201, 200, 200)
        assert first.json() == again.json() == changed.json()
        alarm = first.json()
        assert (
            alarm
            | {
                "id": pressed["id"],
                "institution": SUN,
                "unit": "syd",
                "unit_name": "Syd",
                "place": "stue-syd",
                "place_name": "Stuen i syd",
                "kind": "alarm",
                "drill": False,
                "state": "raised",
                "version": 1,
                "step": 0,
                "raised_by": "anna",
                "raised_by_name": "Anna",
                "answers": [],
                "note": "ved døren",
            }
            == alarm
        )
        assert alarm["raised_at"].endswith("Z")

    async def test_an_id_in_capitals_is_the_same_id(self, served: Served) -> None:
        pressed = press()
        async with served.http("telefon-anna") as http:
            first = await http.post("/api/alarms", json=pressed)
            again = await http.post("/api/alarms", json=pressed | {"id": pressed["id"].upper()})
        assert again.status_code == 200
        assert again.json() == first.json()

    async def test_somebody_elses_id_is_refused(self, served: Served) -> None:
        alarm = await served.raised("telefon-anna")
        async with served.http("telefon-bo") as http:
            reply = await http.post("/api/alarms", json=press(id=alarm["id"]))
        assert refusal(reply)["code"] == "id_taken"
        assert reply.status_code == 409

    async def test_the_same_id_in_another_institution_is_another_alarm(self, served: Served) -> None:
        alarm = await served.raised("telefon-anna")
        theirs = await served.raised("m-telefon-anna", id=alarm["id"])
        assert (alarm["institution"], theirs["institution"]) == (SUN, MOON)

    async def test_a_button_knows_where_it_hangs(self, served: Served) -> None:
        alarm = await served.raised("knap")
        assert (alarm["unit"], alarm["place"], alarm["raised_by"]) == ("nord", "stue-nord", "knap")

    async def test_a_place_that_nobody_knows_does_not_silence_a_press(self, served: Served) -> None:
        assert (await served.raised("telefon-anna", place="kælderen"))["place"] == "kælderen"

    @pytest.mark.parametrize(("off", "says"), [(-60, "60 min behind the hub"), (60, "60 min ahead of the hub")])
    async def test_a_clock_an_hour_off_is_told_so(self, served: Served, off: int, says: str) -> None:
        pressed_at = datetime.now(UTC) + timedelta(minutes=off)
        alarm = await served.raised("telefon-anna", pressed_at=pressed_at.isoformat())
        assert says in alarm["warnings"][0]
        assert "warnings" not in await served.raised("telefon-anna", pressed_at=datetime.now(UTC).isoformat())

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"id": "seven"}, "id: 'seven' is not a UUID"),
            ({"id": 7}, "id: Input should be a valid string"),
            ({"kind": "fire"}, "kind: 'fire' is none of alarm"),
            ({"colour": "red"}, "colour: unknown field; leave it out"),
            ({"position": {"lat": 91, "lon": 0, "accuracy_m": 1}}, "position.lat: Input should be less than"),
            ({"position": {"lat": 1, "lon": 0, "accuracy_m": 1, "alt": 7}}, "position.alt: unknown field"),
            ({"note": "x" * 2001}, "note: String should have at most 2000"),
            ({"drill": "yes"}, "drill: Input should be a valid boolean"),
            ({"drill": 1}, "drill: Input should be a valid boolean"),
            ({"pressed_at": "2026-03-01T12:00:00"}, "pressed_at: write a time with its offset"),
            ({"pressed_at": 1772366400}, "pressed_at: write a time with its offset"),
            ({"pressed_at": "0001-01-01T00:00:00+14:00"}, "pressed_at: there is no such moment"),
        ],
    )
    async def test_what_is_wrong_is_named_with_the_mend(self, served: Served, wrong: Json, says: str) -> None:
        async with served.http("telefon-anna") as http:
            reply = await http.post("/api/alarms", json=press() | wrong)
        assert reply.status_code == 422
        assert refusal(reply)["code"] == "invalid"
        assert says in refusal(reply)["detail"]

    async def test_every_fault_is_named_at_once(self, served: Served) -> None:
        async with served.http("telefon-anna") as http:
            reply = await http.post("/api/alarms", json={"note": 7, "colour": "red"})
        says = refusal(reply)["detail"]
        assert all(one in says for one in ("id: must be there", "kind: must be there", "note:", "colour:"))


class TestAnswering:
    @pytest.fixture
    async def alarm(self, served: Served) -> Json:
        return await served.raised("telefon-anna")

    async def call(self, served: Served, device: str, alarm: Json, verb: str, **body: Any) -> tuple[int, Json]:
        async with served.http(device) as http:
            reply = await http.post(f"/api/alarms/{alarm['id']}/{verb}", json={"as_of": alarm["version"], **body})
        return reply.status_code, reply.json() if reply.is_success else refusal(reply)

    async def test_a_colleague_comes_arrives_and_gives_the_all_clear(self, served: Served, alarm: Json) -> None:
        _, coming = await self.call(served, "telefon-bo", alarm, "answers", answer="coming")
        assert (coming["state"], coming["version"]) == ("acknowledged", 2)
        assert [(one["person"], one["name"], one["answer"]) for one in coming["answers"]] == [("bo", "Bo", "coming")]
        _, arrived = await self.call(served, "telefon-bo", coming, "answers", answer="arrived")
        status, cleared = await self.call(served, "telefon-bo", arrived, "resolve", outcome="real", note="ok")
        assert status == 200
        assert (cleared["state"], cleared["outcome"], cleared["resolved_by"]) == ("resolved", "real", "bo")
        assert (cleared["version"], cleared["resolved_note"]) == (4, "ok")

    async def test_two_colleagues_who_answer_at_once_both_count(self, served: Served, alarm: Json) -> None:
        await self.call(served, "telefon-bo", alarm, "answers", answer="coming")
        status, both = await self.call(served, "telefon-lone", alarm, "answers", answer="coming")
        assert status == 200
        assert {one["person"] for one in both["answers"]} == {"bo", "lone"}

    async def test_an_answer_to_a_version_that_nobody_has_seen_is_refused(self, served: Served, alarm: Json) -> None:
        status, problem = await self.call(served, "telefon-bo", alarm | {"version": 9}, "answers", answer="coming")
        assert (status, problem["code"]) == (422, "invalid")
        assert "as_of: the alarm's version is 1" in problem["detail"]

    @pytest.mark.parametrize(("verb", "body"), [("resolve", {"outcome": "false"}), ("withdraw", {})])
    async def test_what_ends_an_alarm_must_have_seen_its_newest_version(
        self, served: Served, alarm: Json, verb: str, body: Json
    ) -> None:
        await self.call(served, "telefon-bo", alarm, "answers", answer="coming")
        status, problem = await self.call(served, "telefon-anna", alarm, verb, **body)
        assert (status, problem["code"], problem["alarm"]["version"]) == (409, "stale", 2)
        status, _ = await self.call(served, "telefon-anna", problem["alarm"], verb, **body)
        assert status == 200

    async def test_after_the_all_clear_nothing_more_can_be_done(self, served: Served, alarm: Json) -> None:
        _, cleared = await self.call(served, "telefon-anna", alarm, "resolve", outcome="test")
        for device, verb, body in (
            ("telefon-bo", "answers", {"answer": "coming"}),
            ("telefon-bo", "resolve", {"outcome": "real"}),
            ("telefon-anna", "withdraw", {}),
        ):
            status, problem = await self.call(served, device, cleared, verb, **body)
            assert (status, problem["code"], problem["alarm"]["state"]) == (409, "closed", "resolved")
        # The same all clear once more is a retry over bad radio.
        assert (await self.call(served, "telefon-anna", alarm, "resolve", outcome="test"))[1] == cleared

    async def test_who_may_not_is_told_so(self, served: Served, alarm: Json) -> None:
        for device, verb, body in (
            ("telefon-anna", "answers", {"answer": "coming"}),  # the raiser
            ("knap", "answers", {"answer": "coming"}),  # nobody's device
            ("telefon-carl", "resolve", {"outcome": "false"}),  # a bystander
            ("telefon-bo", "withdraw", {}),  # not the raiser
            ("telefon-leif", "withdraw", {}),
        ):
            status, problem = await self.call(served, device, alarm, verb, **body)
            assert (status, problem["code"]) == (403, "forbidden"), (device, verb)

    async def test_a_leader_of_the_unit_may_give_the_all_clear(self, served: Served, alarm: Json) -> None:
        status, _ = await self.call(served, "telefon-lone", alarm, "resolve", outcome="false")
        assert status == 200

    async def test_a_withdrawn_alarm_stays_open_until_it_is_resolved(self, served: Served, alarm: Json) -> None:
        _, gone = await self.call(served, "telefon-anna", alarm, "withdraw")
        assert gone["state"] == "withdrawn"
        assert alarm["id"] in await ids(served, "telefon-bo", state="open")
        await self.call(served, "telefon-bo", gone, "resolve", outcome="false")
        assert alarm["id"] not in await ids(served, "telefon-bo", state="open")
        assert alarm["id"] in await ids(served, "telefon-bo", state="all")

    @pytest.mark.parametrize(
        "body",
        [
            {"answer": "maybe", "as_of": 1},
            {"answer": "coming"},
            {"answer": "coming", "as_of": "1"},
            {"answer": "coming", "as_of": True},
            {"answer": "coming", "as_of": -1},
            {"answer": "coming", "as_of": 1.5},
            {"answer": "coming", "as_of": 1, "why": "x"},
        ],
    )
    async def test_an_answer_of_another_form_is_refused(self, served: Served, alarm: Json, body: Json) -> None:
        async with served.http("telefon-bo") as http:
            reply = await http.post(f"/api/alarms/{alarm['id']}/answers", json=body)
        assert reply.status_code == 422
        assert refusal(reply)["code"] == "invalid"


async def ids(served: Served, device: str, **query: str) -> list[str]:
    """All alarms that the device may see, page by page."""
    found: list[str] = []
    async with served.http(device) as http:
        while True:
            reply = await http.get("/api/alarms", params=query)
            assert reply.status_code == 200, reply.text
            page = reply.json()
            found += [alarm["id"] for alarm in page["alarms"]]
            if "next" not in page:
                return found
            query["before"] = page["next"]


class TestReading:
    async def test_pages_hold_every_alarm_once_newest_first(self, served: Served) -> None:
        raised = [(await served.raised("m-knap"))["id"] for _ in range(55)]
        found = await ids(served, "m-telefon-leif")
        assert [one for one in found if one in raised] == raised[::-1]
        assert len(found) == len(set(found))

    @pytest.mark.parametrize("query", [{"before": "yesterday"}, {"before": "2026-01-01~x"}, {"state": "closed"}])
    async def test_a_page_that_there_is_not_is_refused(self, served: Served, query: dict[str, str]) -> None:
        async with served.http("telefon-leif") as http:
            reply = await http.get("/api/alarms", params=query)
        assert reply.status_code == 422
        refusal(reply)

    async def test_one_alarm_comes_with_its_timeline(self, served: Served) -> None:
        alarm = await served.raised("telefon-anna")
        async with served.http("telefon-bo") as http:
            await http.post(f"/api/alarms/{alarm['id']}/answers", json={"answer": "coming", "as_of": 1})
            shown = (await http.get(f"/api/alarms/{alarm['id']}")).json()
        assert shown["version"] == 2
        line = [(entry["event"], entry["by"]["id"]) for entry in shown["timeline"]]
        assert line == [("raised", "anna"), ("answered", "bo")]
        assert shown["timeline"][0]["facts"]["told"] == [{"id": "bo", "name": "Bo"}]

    async def test_staff_see_their_unit_and_what_they_were_told_of(self, served: Served) -> None:
        alarm = await served.raised("telefon-anna")
        async with served.http("telefon-dina") as http:
            assert (await http.get(f"/api/alarms/{alarm['id']}")).status_code == 404
        assert alarm["id"] not in await ids(served, "telefon-dina")
        for device in ("telefon-carl", "telefon-lone", "telefon-leif", "tavle", "anlaeg"):
            assert alarm["id"] in await ids(served, device)

    async def test_duty_now_and_at_another_moment(self, served: Served) -> None:
        async with served.http("telefon-anna") as http:
            now = (await http.get("/api/duty")).json()
            north = (await http.get("/api/duty", params={"unit": "nord"})).json()
            then = (await http.get("/api/duty", params={"at": "2020-01-01T00:00:00+01:00"})).json()
            nowhere = await http.get("/api/duty", params={"unit": "vest"})
            never = await http.get("/api/duty", params={"at": "0001-01-01T00:00:00+14:00"})
        assert {(one["person"], one["unit"]) for one in now["people"]} == {
            ("anna", "nord"),
            ("bo", "nord"),
            ("dina", "syd"),
        }
        assert {one["person"] for one in north["people"]} == {"anna", "bo"}
        assert then == {"at": "2019-12-31T23:00:00.000Z", "people": []}
        assert (nowhere.status_code, refusal(nowhere)["code"]) == (404, "not_found")
        assert never.status_code == 422

    async def test_reach_says_who_would_hear_and_why_not(self, served: Served) -> None:
        async with served.live("telefon-bo") as socket, served.http("telefon-anna") as http:
            await socket.send('{"type":"hello","cursor":null,"client":"x"}')
            await socket.recv()
            found = (await http.get("/api/reach", params={"unit": "nord"})).json()
        by_name = {one["person"]: one for one in found["people"]}
        assert found["on_duty"] == 2
        assert by_name["bo"]["devices"][0]["device"] == "telefon-bo"
        assert by_name["anna"]["reach"] == "not"

    async def test_a_manager_sees_all_devices_and_others_their_own(self, served: Served) -> None:
        async with served.http("telefon-leif") as http:
            everybodys = {one["id"] for one in (await http.get("/api/devices")).json()["devices"]}
        async with served.http("telefon-bo") as http:
            own = {one["id"] for one in (await http.get("/api/devices")).json()["devices"]}
        assert own == {"telefon-bo", "reserve"}
        assert {"knap", "telefon-anna"} < everybodys
        assert not any(one.startswith("m-") for one in everybodys)

    async def test_only_managers_check_the_journal(self, served: Served) -> None:
        async with served.http("telefon-leif") as http:
            found = (await http.get("/api/journal/verify")).json()
        async with served.http("telefon-bo") as http:
            reply = await http.get("/api/journal/verify")
        assert (found["institution"], found["whole"], found["fault"]) == (SUN, True, None)
        assert (reply.status_code, refusal(reply)["code"]) == (403, "forbidden")


class TestSessions:
    async def test_signing_in_and_out(self, served: Served) -> None:
        async with served.signed_in("anna") as browser:
            cookie = next(iter(browser.cookies.jar))
            assert cookie.has_nonstandard_attr("HttpOnly")
            assert (await browser.get("/api/session")).json()["person"] == "anna"
            listed = (await browser.get("/api/sessions")).json()["sessions"]
            assert [one["here"] for one in listed].count(True) == 1
            assert (await browser.delete("/api/session")).status_code == 204
            browser.cookies.set(cookie.name, cookie.value or "")
            assert refusal(await browser.get("/api/session"))["code"] == "unauthenticated"

    async def test_a_session_can_be_ended_from_another(self, served: Served) -> None:
        async with served.signed_in("leif") as here, served.signed_in("leif") as there:
            which = (await there.get("/api/session")).json()["session"]
            assert (await here.delete(f"/api/sessions/{which}")).status_code == 204
            assert (await there.get("/api/session")).status_code == 401
            again = await here.delete(f"/api/sessions/{which}")
            assert (again.status_code, refusal(again)["code"]) == (404, "not_found")

    async def test_a_wrong_password_and_a_wrong_name_are_refused_alike(self, served: Served) -> None:
        async with served.http(None, Origin=served.hub.url) as browser:
            wrong = await browser.post("/api/session", json={"username": f"{SUN}/anna", "password": "x"})
            nobody = await browser.post("/api/session", json={"username": f"{SUN}/nobody", "password": PASSWORD})
        assert refusal(wrong) == refusal(nobody)
        assert wrong.status_code == 401

    async def test_a_device_has_no_sessions(self, served: Served) -> None:
        async with served.http("telefon-bo") as http:
            assert (await http.get("/api/session")).json()["device"] == "telefon-bo"
            for reply in (await http.get("/api/sessions"), await http.delete("/api/session")):
                assert (reply.status_code, refusal(reply)["code"]) == (403, "forbidden")


async def test_health_answers_anybody(served: Served) -> None:
    async with served.http() as http:
        assert (await http.get("/health/live")).json() == {"status": "alive"}
        ready = await http.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
