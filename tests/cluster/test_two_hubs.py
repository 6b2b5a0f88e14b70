"""Two hubs over one database: whoever is connected where, an alarm is one alarm, and everybody hears it once."""

import pytest

from tests.cluster.conftest import Cluster
from tests.web.served import Json, Live, Served, press

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def greeted(wire: Live) -> Live:
    await wire.hello()
    return wire


async def resolve(hub: Served, alarm: Json) -> None:
    async with hub.http("telefon-lone") as http:
        now = (await http.get(f"/api/alarms/{alarm['id']}")).json()
        reply = await http.post(f"/api/alarms/{alarm['id']}/resolve", json={"as_of": now["version"], "outcome": "test"})
    assert reply.status_code == 200, reply.text


async def test_an_alarm_pressed_at_one_hub_is_heard_and_answered_at_the_other(cluster: Cluster) -> None:
    async with cluster.one.live("telefon-anna") as at_one, cluster.two.live("telefon-bo") as at_two:
        anna, bo = await greeted(Live(at_one)), await greeted(Live(at_two))
        pressed = press(place="stue-nord")
        await anna.say(type="raise", **pressed)
        which = (await anna.hears("accepted"))["id"]
        raised = await bo.hears("alarm", which, "raised")
        assert raised["alarm"]["raised_by"] == "anna"
        await bo.say(type="receipt", alarm=which, stage="shown")
        heard = await anna.hears("heard", which)
        while not heard["by"]:
            heard = await anna.hears("heard", which)
        assert [one["person"] for one in heard["by"]] == ["bo"]
        await bo.say(type="answer", alarm=which, answer="coming", as_of=raised["alarm"]["version"])
        answered = await anna.hears("alarm", which, "answered")
        assert [(one["person"], one["answer"]) for one in answered["alarm"]["answers"]] == [("bo", "coming")]
        await resolve(cluster.two, answered["alarm"])
        await anna.hears("alarm", which, "resolved")
        await bo.hears("alarm", which, "resolved")
        for wire in (anna, bo):
            cursors = [frame["cursor"] for frame in wire.frames if frame["type"] == "alarm"]
            assert cursors == sorted(set(cursors))


async def test_presses_at_both_hubs_reach_everybody_once_in_one_order(cluster: Cluster) -> None:
    async with cluster.one.live("telefon-anna") as first, cluster.two.live("telefon-bo") as second:
        wires = [await greeted(Live(first)), await greeted(Live(second))]
        ids = []
        for number in range(40):
            pressed = press(place="stue-nord")
            ids.append(pressed["id"])
            await wires[number % 2].say(type="raise", **pressed)
        orders = []
        for wire in wires:
            seen: list[tuple[int, str]] = []
            while len(seen) < len(ids):
                frame = await wire.hears("alarm", event="raised")
                seen.append((frame["cursor"], frame["alarm"]["id"]))
            orders.append(seen)
        assert orders[0] == orders[1] == sorted(orders[0])
        assert {which for _, which in orders[0]} == set(ids)
        for which in ids:
            await resolve(cluster.one, {"id": which})


async def test_the_same_press_at_both_hubs_is_one_alarm(cluster: Cluster) -> None:
    pressed = press(place="stue-nord")
    async with cluster.one.http("telefon-anna") as one, cluster.two.http("telefon-anna") as two:
        first = await one.post("/api/alarms", json=pressed)
        second = await two.post("/api/alarms", json=pressed)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    await resolve(cluster.two, pressed)


async def test_reach_counts_the_devices_of_all_hubs(cluster: Cluster) -> None:
    async with cluster.two.live("telefon-bo") as at_two, cluster.one.live("telefon-anna") as at_one:
        bo, anna = await greeted(Live(at_two)), await greeted(Live(at_one))
        await bo.say(type="beat", battery=0.9, charging=True, sound="on", visible=True)
        found = await anna.hears("reach")
        while found["unit"] != "nord" or "bo" not in found["people"]:
            found = await anna.hears("reach")
        async with cluster.one.http("telefon-leif") as http:
            reach = (await http.get("/api/reach", params={"unit": "nord"})).json()
        assert next(one for one in reach["people"] if one["person"] == "bo")["reach"] != "not"


async def test_a_session_of_one_hub_holds_at_the_other_until_it_is_ended(cluster: Cluster) -> None:
    async with cluster.one.signed_in("anna") as browser:
        cookie = browser.cookies["hub_session"]
        async with cluster.two.http(None, Cookie=f"hub_session={cookie}", Origin=cluster.two.hub.url) as other:
            assert (await other.get("/api/session")).status_code == 200
            assert (await browser.delete("/api/session")).status_code == 204
            assert (await other.get("/api/session")).status_code == 401


async def test_without_redis_the_other_hub_hears_from_the_journal(cluster: Cluster) -> None:
    async with cluster.one.live("telefon-anna") as at_one, cluster.two.live("telefon-bo") as at_two:
        anna, bo = await greeted(Live(at_one)), await greeted(Live(at_two))
        await cluster.valkey.kill()
        pressed = press(place="stue-nord")
        await anna.say(type="raise", **pressed)
        which = (await anna.hears("accepted"))["id"]
        await bo.hears("alarm", which, "raised")
        await bo.say(type="receipt", alarm=which, stage="shown")
        await anna.hears("heard", which)
        await cluster.valkey.restart()
        await resolve(cluster.two, {"id": which})
        await anna.hears("alarm", which, "resolved")


async def test_a_hub_that_is_killed_is_replaced_by_the_other_and_nothing_is_missed(cluster: Cluster) -> None:
    async with cluster.one.live("telefon-anna") as at_one:
        anna = await greeted(Live(at_one))
        async with cluster.two.live("telefon-bo") as at_two:
            bo = Live(at_two)
            cursor = (await bo.hello())["cursor"]
            await cluster.two.hub.kill()
            pressed = press(place="stue-nord")
            await anna.say(type="raise", **pressed)
            which = (await anna.hears("accepted"))["id"]
        async with cluster.one.live("telefon-bo") as moved:
            again = Live(moved)
            await again.hello(cursor)
            assert (await again.hears("alarm", which, "raised"))["alarm"]["state"] == "raised"
        await cluster.two.hub.start()
        await resolve(cluster.two, {"id": which})
        await anna.hears("alarm", which, "resolved")
