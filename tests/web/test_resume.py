"""Coming back to a real hub with a cursor: everything once and in order, however much it is, however slow one reads."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.web.served import Json, Live, Served, press

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pours(served: Served, count: int, done: asyncio.Event) -> list[str]:
    """Raises and clears so many alarms over one socket, as fast as they are accepted."""
    async with served.live("telefon-anna") as connection:
        raiser = Live(connection)
        await raiser.hello()
        raised = []
        for _ in range(count):
            await raiser.say(type="raise", **(pressed := press()))
            await raiser.hears("accepted", pressed["id"])
            await raiser.say(type="resolve", alarm=pressed["id"], outcome="test", as_of=1)
            raised.append(pressed["id"])
    done.set()
    return raised


async def test_who_comes_and_goes_while_alarms_pour_in_has_each_once_and_in_order(served: Served) -> None:
    done = asyncio.Event()
    async with served.live("telefon-bo") as steady, served.live("telefon-bo") as first:
        constant, restless = Live(steady), Live(first)
        await constant.hello()
        snapshot = await restless.hello()
        cursor: int = snapshot["cursor"]
        heard: list[int] = []
        told: list[tuple[str, str]] = []

        async def hears(live: Live) -> None:
            frame = await live.hears("alarm")
            heard.append(frame["cursor"])
            told.append((frame["alarm"]["id"], frame["event"]))

        pouring = asyncio.ensure_future(pours(served, 80, done))
        while not done.is_set():
            async with served.live("telefon-bo") as again:
                live = Live(again)
                assert (await live.hello(cursor))["cursor"] == cursor
                for _ in range(7):
                    await hears(live)
                    cursor = heard[-1]
                    if done.is_set():
                        break
        raised = await pouring
        async with served.live("telefon-bo") as last:
            live = Live(last)
            await live.hello(cursor)
            while told[-1] != (raised[-1], "resolved"):
                await hears(live)
        while constant.frames[-1].get("cursor") != heard[-1]:
            await constant.frame()
    everything = [frame["cursor"] for frame in constant.frames if frame["type"] == "alarm"]
    about = {frame["alarm"]["id"] for frame in constant.frames if frame["type"] == "alarm"}
    assert heard == everything
    assert set(raised) <= about


async def test_what_is_replayed_is_the_alarm_as_it_was_then(served: Served) -> None:
    async with served.live("telefon-bo") as connection:
        cursor = (await Live(connection).hello())["cursor"]
    alarm = await served.raised("telefon-anna")
    async with served.http("telefon-bo") as http:
        await http.post(f"/api/alarms/{alarm['id']}/answers", json={"answer": "coming", "as_of": 1})
        await http.post(f"/api/alarms/{alarm['id']}/resolve", json={"outcome": "test", "as_of": 2})
    async with served.live("telefon-bo") as connection:
        live = Live(connection)
        await live.hello(cursor)
        for event, state, version in (
            ("raised", "raised", 1),
            ("answered", "acknowledged", 2),
            ("resolved", "resolved", 3),
        ):
            frame = await live.hears("alarm", alarm["id"])
            assert (frame["event"], frame["alarm"]["state"], frame["alarm"]["version"]) == (event, state, version)


@pytest.mark.parametrize("cursor", [0, 10**6, 10**30])
async def test_a_cursor_that_is_too_old_or_from_the_future_starts_over(served: Served, cursor: int) -> None:
    newest = await much_happens(served) if cursor == 0 else None
    async with served.live("m-telefon-bo") as connection:
        live = Live(connection)
        snapshot = await live.hello(cursor)
        assert [frame["type"] for frame in live.frames] == ["resync", "snapshot"]
        assert newest is None or snapshot["cursor"] >= newest
        alarm = await served.raised("m-telefon-anna")
        await live.hears("alarm", alarm["id"])
        assert [frame["type"] for frame in live.frames].count("alarm") == 1


async def much_happens(served: Served) -> int:
    """More than a thousand rows in the journal, about one alarm; the newest."""
    alarm = await served.raised("m-telefon-anna")
    async with served.live("m-telefon-bo") as connection:
        live = Live(connection)
        first = (await live.hello())["cursor"]
        said = [{"type": "answer", "alarm": alarm["id"], "answer": word, "as_of": 1} for word in ("coming", "arrived")]
        for number in range(1001):
            await live.say(**said[number % 2])
        newest: int = first
        while newest < first + 1001:
            newest = (await live.hears("alarm", alarm["id"], "answered"))["cursor"]
        await live.say(type="resolve", alarm=alarm["id"], outcome="test", as_of=1002)
        await live.hears("alarm", alarm["id"], "resolved")
    return newest


@asynccontextmanager
async def narrow(served: Served, device: str) -> AsyncIterator[ClientConnection]:
    """A line on which little is under way at a time: what is not read waits in the hub."""
    url = urlsplit(served.hub.url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 600)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, (url.hostname, url.port))
    async with connect(
        f"ws://{url.netloc}/live",
        sock=line,
        subprotocols=[Subprotocol("hub.v1")],
        additional_headers={"Authorization": f"Bearer {served.tokens[device]}"},
        compression=None,
        proxy=None,
        ping_interval=None,
        max_size=2**24,
        max_queue=1,
    ) as connection:
        yield connection


async def test_a_past_that_is_long_is_waited_for_and_what_happens_meanwhile_comes_after_it(served: Served) -> None:
    """Several times what a reader may be behind with the present: closed for that, it could never come in."""
    many = [press(note="🚨" * 2000) for _ in range(100)]
    async with served.http("m-knap") as http:
        for one in many:
            (await http.post("/api/alarms", json=one)).raise_for_status()
        async with narrow(served, "m-telefon-bo") as connection, served.live("m-telefon-bo") as other:
            slow, quick = Live(connection), Live(other)
            await quick.hello()
            await slow.say(type="hello", cursor=None, client="slow 1.0")
            after = await served.raised("m-telefon-anna")  # while the snapshot is under way
            await quick.hears("alarm", after["id"], "raised")
            snapshot = json.loads(await connection.recv())
            assert {one["id"] for one in many} <= {alarm["id"] for alarm in snapshot["alarms"]}
            known: list[Json] = [alarm for alarm in snapshot["alarms"] if alarm["id"] == after["id"]]
            if not known:
                await slow.hears("alarm", after["id"], "raised")
        for one in many:
            await http.post(f"/api/alarms/{one['id']}/resolve", json={"outcome": "test", "as_of": 1})
