"""The door alone: a server with nothing behind it, a small house, and little patience."""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from hub.web import socket_door
from hub.web.socket_door import Doorkeeper

ROOT = Path(__file__).resolve().parents[2]
ASK = b"GET /%s HTTP/1.1\r\nHost: hub\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Behind:
    """An application that reads all, and answers a request for /slow when it is told to."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.asked = asyncio.Event()
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["path"])
        self.asked.set()
        if scope["path"] == "/slow":
            await self.told.wait()
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        self.seen.append(message["type"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class House:
    """A server with a door, and those who stand before it."""

    def __init__(self, port: int, behind: Behind) -> None:
        self.behind = behind
        self._port = port
        self._came: list[asyncio.StreamWriter] = []

    async def comes(self, says: bytes = b"") -> Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._came.append(writer)
        writer.write(says)
        return reader, writer

    async def asks(self, connection: Connection, path: bytes = b"") -> bytes:
        connection[1].write(ASK % path)
        return await connection[0].readuntil(b"ok")

    def leave(self) -> None:
        for writer in self._came:
            writer.transport.abort()


Open = Callable[..., Any]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    @asynccontextmanager
    async def open_house(most: int = 100, patience: float = 60) -> AsyncIterator[House]:
        monkeypatch.setattr(socket_door, "ASK_WITHIN", patience)
        behind = Behind()
        config = uvicorn.Config(
            behind,
            port=0,
            http=cast(Any, Doorkeeper(most)),
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        house = House(server.servers[0].sockets[0].getsockname()[1], behind)
        try:
            yield house
        finally:
            house.leave()
            behind.told.set()
            await server.shutdown()

    return open_house


async def refused(connection: Connection) -> tuple[int, str]:
    """Status and code of the refusal with which the connection ended."""
    head, _, body = (await connection[0].read()).partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    return int(head.split()[1]), json.loads(body)["code"]


async def test_when_the_house_is_full_the_longest_silent_gives_way(opened: Open) -> None:
    async with opened(most=3) as house:
        silent = [await house.comes() for _ in range(3)]
        asking = await house.comes()
        assert (await house.asks(asking)).endswith(b"ok")
        assert await refused(silent[0]) == (503, "full")
        assert (await house.asks(await house.comes())).endswith(b"ok")
        assert await refused(silent[1]) == (503, "full")
        assert (await house.asks(silent[2])).endswith(b"ok")


async def test_when_all_who_are_in_have_asked_it_is_the_newcomer_who_must_wait(opened: Open) -> None:
    async with opened(most=2) as house:
        inside = [await house.comes() for _ in range(2)]
        for one in inside:
            await house.asks(one)
        newcomer = await house.comes()
        answer = await newcomer[0].read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5" in answer.lower()
        for one in inside:
            await house.asks(one)


@pytest.mark.parametrize(
    "says",
    [b"", b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 10\r\n\r\nhalf", b"\r\n"],
    ids=["nothing", "half a head", "half a body", "an empty line"],
)
async def test_who_does_not_ask_to_the_end_is_told_so_and_let_go(opened: Open, says: bytes) -> None:
    async with opened(patience=0.05) as house:
        assert await refused(await house.comes(says)) == (408, "too_slow")
        assert house.behind.seen in ([], ["/", "http.disconnect"], ["/"])


async def test_who_has_asked_is_waited_for_however_long_the_answer_takes(opened: Open) -> None:
    async with opened(patience=0.05) as house:
        patient = await house.comes(ASK % b"slow")
        await house.behind.asked.wait()
        assert await refused(await house.comes()) == (408, "too_slow")  # as long as that, and longer
        house.behind.told.set()
        assert (await patient[0].readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")


async def test_what_comes_behind_a_request_in_hand_does_not_cost_it_its_answer(opened: Open) -> None:
    async with opened(patience=0.05) as house:
        hasty = await house.comes(ASK % b"slow" + b"GET /next HTTP/1.1\r\nHo")
        await house.behind.asked.wait()
        assert await refused(await house.comes()) == (408, "too_slow")
        house.behind.told.set()
        assert (await hasty[0].readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")


async def test_a_second_request_has_its_own_deadline(opened: Open) -> None:
    async with opened(patience=0.05) as house:
        connection = await house.comes()
        await house.asks(connection)
        connection[1].write(b"GET /again HTTP/1.1\r\nHost:")
        assert await refused(connection) == (408, "too_slow")


async def test_a_head_may_be_long_but_not_endless(opened: Open) -> None:
    async with opened() as house:
        assert (await house.asks(await house.comes(), b"x" * 20_000)).endswith(b"ok")
        connection = await house.comes(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 40_000)
        assert await refused(connection) == (431, "head_too_large")
        assert await refused(await house.comes(b"NONSENSE\r\n\r\n")) == (400, "bad_request")


def test_the_hub_lets_itself_have_as_many_files_as_it_may() -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (300, 1000))\n"
        "from hub.web.socket_door import lift_limit\n"
        "print(lift_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["900", "1000", "1000"]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 300
