"""A device's line: what it raises is raised once, what it missed it gets, and refusals say what to do."""

import asyncio
from collections.abc import AsyncIterator
from itertools import repeat
from typing import Any

import pytest

from clients.python import HubLine, HubUnreachable, NotAHub, Refused, TokenRefused, link
from tests.clients.scripted_hub import TOKEN, ScriptedHub, alarm, serving

Frame = dict[str, Any]


async def heard(frames: AsyncIterator[Frame], count: int) -> list[Frame]:
    async with asyncio.timeout(5):
        return [await anext(frames) for _ in range(count)]


async def test_a_press_is_stored_when_the_hub_says_accepted(hub: ScriptedHub) -> None:
    async with HubLine(hub.url, TOKEN) as line:
        stored = await line.raise_alarm("alarm", place="vaerelse-3", note="Hjælp")
        pressed = await hub.next("raise")
        assert pressed == {
            "type": "raise",
            "id": stored["id"],
            "kind": "alarm",
            "place": "vaerelse-3",
            "note": "Hjælp",
        }
        assert stored["id"][14] == "7", "ids are UUID version 7"
        assert list(line.alarms) == [stored["id"]]


async def test_the_same_id_goes_over_http_when_the_socket_is_silent(hub: ScriptedHub) -> None:
    hub.deaf_to = {"raise"}
    async with HubLine(hub.url, TOKEN, answer_within=0.05) as line:
        stored = await line.raise_alarm("assist")
        asked = await hub.next("raise")
        assert [post["id"] for post in hub.posts] == [asked["id"]] == [stored["id"]]


async def test_a_press_while_the_line_breaks_is_raised_once(hub: ScriptedHub) -> None:
    hub.deaf_to = {"raise"}
    async with HubLine(hub.url, TOKEN, answer_within=30) as line:
        pressing = asyncio.create_task(line.raise_alarm("alarm"))
        first = await hub.next("raise")
        await hub.cut()
        async with asyncio.timeout(5):
            stored = await pressing
        assert stored["id"] == first["id"]
        assert set(hub.open) == {first["id"]}


async def test_a_broken_line_resumes_by_cursor_and_misses_nothing(hub: ScriptedHub) -> None:
    async with HubLine(hub.url, TOKEN) as line:
        frames = line.frames()
        await hub.tell("raised", alarm("a1"))
        assert [frame["type"] for frame in await heard(frames, 2)] == ["snapshot", "alarm"]
        await hub.cut()
        await hub.tell("answered", alarm("a1", 2, "acknowledged"))
        await hub.tell("raised", alarm("a2"))
        stands, *missed = await heard(frames, 3)
        assert (stands["type"], stands["cursor"]) == ("snapshot", 1)
        assert [(frame["event"], frame["cursor"]) for frame in missed] == [("answered", 2), ("raised", 3)]
        assert [hello["cursor"] for hello in hub.hellos] == [None, 1]
        assert line.cursor == 3


async def test_a_frame_that_was_here_before_is_dropped(hub: ScriptedHub) -> None:
    async with HubLine(hub.url, TOKEN) as line:
        frames = line.frames()
        await hub.tell("raised", alarm("a1"))
        for socket in hub.lines:
            await socket.send_json(hub.journal[0])
        await hub.tell("raised", alarm("a2"))
        _, *events = await heard(frames, 3)
        assert [frame["alarm"]["id"] for frame in events] == ["a1", "a2"]


async def test_a_device_started_again_goes_on_from_its_cursor(hub: ScriptedHub) -> None:
    await hub.tell("raised", alarm("a1"))
    await hub.tell("raised", alarm("a2"))
    async with HubLine(hub.url, TOKEN, cursor=1) as line:
        stands, missed = await heard(line.frames(), 2)
        assert stands["cursor"] == 1
        assert missed["alarm"]["id"] == "a2"


async def test_a_refused_token_says_where_to_find_the_right_one(hub: ScriptedHub) -> None:
    with pytest.raises(TokenRefused, match="hub setup --tokens"):
        async with HubLine(hub.url, "dev_wrong"):
            pass


async def test_a_token_revoked_meanwhile_ends_the_frames_with_the_reason(hub: ScriptedHub) -> None:
    async with HubLine(hub.url, TOKEN) as line:
        frames = line.frames()
        await heard(frames, 1)
        hub.token = "dev_other"
        await hub.cut()
        with pytest.raises(TokenRefused):
            await heard(frames, 1)
        with pytest.raises(TokenRefused):
            await line.raise_alarm("alarm")


async def test_a_dead_hub_says_what_to_look_at() -> None:
    async with serving(ScriptedHub()) as gone:
        url = gone.url
    with pytest.raises(HubUnreachable, match="python -m hub serve"):
        async with HubLine(url, TOKEN, patience=0.3):
            pass


async def test_a_press_is_given_up_only_when_patience_is_over(hub: ScriptedHub) -> None:
    hub.refusing = {"code": "unavailable", "detail": "The disk is full: delete data/ballast."}
    async with HubLine(hub.url, TOKEN, patience=5) as line:
        pressing = asyncio.create_task(line.raise_alarm("alarm"))
        first = await hub.next("raise")
        await asyncio.sleep(0)
        hub.refusing = None
        async with asyncio.timeout(5):
            assert (await pressing)["id"] == first["id"]


async def test_a_refusal_says_why_at_once(hub: ScriptedHub) -> None:
    hub.refusing = {"code": "invalid", "detail": "There is no alarm kind 'fire' here."}
    async with HubLine(hub.url, TOKEN) as line:
        with pytest.raises(Refused, match="no alarm kind 'fire'") as refusal:
            await line.raise_alarm("fire")
        assert refusal.value.code == "invalid"
        assert not hub.posts


async def test_an_address_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="http://127"):
        HubLine("hub.example", TOKEN)


async def test_something_else_on_the_port_is_no_hub(hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.python.link.SUBPROTOCOL", "hub.v9")
    with pytest.raises(NotAHub):
        async with HubLine(hub.url, TOKEN):
            pass


async def test_an_answer_and_all_clear_carry_the_version_that_was_seen(hub: ScriptedHub) -> None:
    await hub.tell("raised", alarm("a1", 4))
    async with HubLine(hub.url, TOKEN) as line:
        await line.answer("a1", "coming")
        assert (await hub.next("answer"))["as_of"] == 4
        over = await line.resolve("a1", "false", "Ingen fare.", "mistake")
        said = await hub.next("resolve")
        assert (said["as_of"], said["outcome"], said["false_because"]) == (5, "false", "mistake")
        assert over["state"] == "resolved"
        assert not line.alarms


async def test_all_clear_on_an_alarm_that_changed_is_refused_with_how_it_stands(hub: ScriptedHub) -> None:
    await hub.tell("raised", alarm("a1", 1))
    async with HubLine(hub.url, TOKEN) as line:
        hub.open["a1"] = alarm("a1", 9, "acknowledged")
        with pytest.raises(Refused) as refusal:
            await line.resolve("a1", "false")
        assert refusal.value.code == "stale"
        assert refusal.value.alarm is not None
        assert refusal.value.alarm["version"] == 9


async def test_receipts_wait_for_the_line(hub: ScriptedHub) -> None:
    line = HubLine(hub.url, TOKEN)
    await line.receipt("a1", "received")
    async with line:
        await line.receipt("a1", "shown")
        assert [(await hub.next("receipt"))["stage"] for _ in range(2)] == ["received", "shown"]


async def test_beats_tell_how_the_device_is(hub: ScriptedHub) -> None:
    async with HubLine(hub.url, TOKEN, beat_every=0.01) as line:
        line.condition["battery"] = 0.2
        beats = [await hub.next("beat") for _ in range(3)]
        assert beats[-1] == {"type": "beat", "sound": "on", "visible": True, "battery": 0.2}


async def test_a_slow_reader_starts_over_from_a_snapshot(hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.python.protocol._FEED_SIZE", 2)
    async with HubLine(hub.url, TOKEN) as line:
        slow, quick = line.frames(), line.frames()
        await heard(quick, 1)
        for number in ("a1", "a2"):
            await hub.tell("raised", alarm(number))
            await heard(quick, 1)
        fresh, last = await heard(slow, 2)
        assert fresh["type"] == "snapshot"
        assert [known["id"] for known in fresh["alarms"]] == ["a1", "a2"]
        assert last["alarm"]["id"] == "a2"


async def test_a_hub_that_ends_is_left_for_another_at_once(hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "pauses", lambda: repeat(3600.0))
    async with HubLine(hub.url, TOKEN) as line:
        frames = line.frames()
        assert [frame["type"] for frame in await heard(frames, 1)] == ["snapshot"]
        await hub.cut()
        await hub.tell("raised", alarm("a1"))
        while (frame := (await heard(frames, 1))[0])["type"] != "alarm":
            pass
        assert frame["alarm"]["id"] == "a1"


async def test_a_line_that_was_only_begun_raises_without_waiting_to_be_connected(hub: ScriptedHub) -> None:
    line = HubLine(hub.url, TOKEN, patience=None)
    line.start()
    pressed = await line.raise_alarm("alarm")
    assert pressed["id"] in hub.open or pressed["id"] == (await hub.next("raise"))["id"]
    await line.close()
