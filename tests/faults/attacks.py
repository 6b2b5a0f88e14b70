"""What strangers and broken devices do to a hub; each tells how it was refused, and lets alarms be raised meanwhile."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
from uuid_utils import uuid7
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from loadtests.hubprocess import HubDidNotStart, HubProcess

Meanwhile = Callable[[], Awaitable[None]]
MIB = 2**20


@dataclass(frozen=True)
class Target:
    """A hub that serves, and the tokens of its devices."""

    hub: HubProcess
    tokens: dict[str, str]
    folder: Path

    def http(self, device: str = "knap-0") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.tokens[device]}"}
        return httpx.AsyncClient(base_url=self.hub.url, headers=headers, trust_env=False, timeout=60)

    def live(self, device: str, **more: Any) -> connect:
        return connect(
            self.hub.url.replace("http", "ws", 1) + "/live",
            subprotocols=[Subprotocol("hub.v1")],
            additional_headers={"Authorization": f"Bearer {self.tokens[device]}"},
            compression=None,
            proxy=None,
            ping_interval=None,
            **more,
        )

    async def raw(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.hub.host, self.hub.port)


@dataclass(frozen=True)
class Attack:
    """One kind of harm: `does` starts it, calls what it is given in the midst of it, and says how it was refused."""

    name: str
    does: Callable[[Target, Meanwhile, int], Awaitable[str]]


async def slow_reader(target: Target, meanwhile: Meanwhile, _size: int) -> str:
    """A phone that stops reading while long alarms come; it is closed, comes back, and has missed nothing."""
    with socket.socket() as narrow:
        # A small window on a small segment: what is not read piles up in the hub, not in the kernel.
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 600)
        narrow.setblocking(False)
        address = urlsplit(target.hub.url)
        await asyncio.get_running_loop().sock_connect(narrow, (address.hostname, address.port))
        async with target.live("telefon-carl", sock=narrow, max_queue=1, close_timeout=1) as slow:
            cursor = await _greeted(slow, None)
            raised = await _long_alarms(target, 64)
            await meanwhile()
            heard, closed = await _rest(slow)
    async with target.live("telefon-carl") as again:
        await again.send(json.dumps({"type": "hello", "cursor": heard[-1][0] if heard else cursor, "client": "slow 1"}))
        while set(raised) - {alarm for _, alarm in heard}:
            frame = json.loads(await again.recv())
            if frame["type"] == "alarm":
                heard.append((frame["cursor"], frame["alarm"]["id"]))
    cursors = [cursor for cursor, _ in heard]
    if cursors != sorted(set(cursors)):
        raise AssertionError(f"heard twice or out of order: {cursors}")
    return f"closed ({closed}); came back and had all {len(raised)} alarms once and in order"


async def _greeted(connection: ClientConnection, cursor: int | None) -> int:
    await connection.send(json.dumps({"type": "hello", "cursor": cursor, "client": "hostile 1"}))
    snapshot = json.loads(await connection.recv())
    return int(snapshot["cursor"])


async def _long_alarms(target: Target, count: int) -> list[str]:
    """Alarms with notes of 8 kB, each heard by bo before the next is raised; all clear at once."""
    alarms = [str(uuid7()) for _ in range(count)]
    async with target.http() as http, target.live("telefon-bo") as bo:
        await _greeted(bo, None)
        for alarm in alarms:
            reply = await http.post("/api/alarms", json={"id": alarm, "kind": "alarm", "note": "🚨" * 2000})
            reply.raise_for_status()
            while json.loads(await bo.recv()).get("alarm", {}).get("id") != alarm:
                pass
            reply = await http.post(f"/api/alarms/{alarm}/resolve", json={"as_of": 1, "outcome": "test"})
            reply.raise_for_status()
    return alarms


async def _rest(connection: ClientConnection) -> tuple[list[tuple[int, str]], str]:
    """What a connection still gives, and how it ended."""
    heard: list[tuple[int, str]] = []
    try:
        async for text in connection:
            frame = json.loads(text)
            if frame["type"] == "alarm":
                heard.append((frame["cursor"], frame["alarm"]["id"]))
    except ConnectionClosed as closed:
        return heard, str(closed.rcvd.code) if closed.rcvd else "cut off"
    return heard, str(connection.close_code)


async def junk(target: Target, meanwhile: Meanwhile, size: int) -> str:
    """One MiB in one frame, one MiB of noise on a live socket, and one MiB of noise on a fresh connection."""
    noise = Random(1).randbytes(MIB)
    ended: set[str] = set()

    async def one_frame() -> None:
        async with target.live("telefon-dina") as connection:
            with suppress(ConnectionClosed):
                await connection.send("x" * MIB)
            ended.add(f"a frame of 1 MiB: {(await _rest(connection))[1]}")

    async def on_a_socket() -> None:
        async with target.live("telefon-dina") as connection:
            connection.transport.write(b"\xff" + noise)
            ended.add(f"noise on a socket: {(await _rest(connection))[1]}")

    async def at_the_door() -> None:
        ended.add("noise at the door: " + await _refused(target, [noise]))

    attackers = [asyncio.ensure_future(one()) for one in (one_frame, on_a_socket, at_the_door) for _ in range(size)]
    await meanwhile()
    await asyncio.gather(*attackers)
    return "; ".join(sorted(ended))


async def _refused(target: Target, parts: Sequence[bytes]) -> str:
    """Status and code with which the hub answers before it has had everything; it hangs up on the rest."""
    loop = asyncio.get_running_loop()
    with socket.create_connection((target.hub.host, target.hub.port)) as connection:
        connection.setblocking(False)
        sending = asyncio.ensure_future(_send(connection, parts))
        answer = await loop.sock_recv(connection, 65_536)
        while answer.endswith(b"\r\n\r\n") and (more := await loop.sock_recv(connection, 65_536)):
            answer += more  # head and body may come one after the other
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    head, _, body = answer.partition(b"\r\n\r\n")
    return f"{head.split()[1].decode()} {json.loads(body)['code']}"


async def _send(connection: socket.socket, parts: Sequence[bytes]) -> None:
    with suppress(OSError):
        for part in parts:
            await asyncio.get_running_loop().sock_sendall(connection, part)


async def silence(target: Target, meanwhile: Meanwhile, size: int) -> str:
    """Many connections that never say a word."""
    gate = asyncio.Semaphore(200)

    async def come() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with gate:
            return await target.raw()

    async with AsyncExitStack() as stack:
        silent = await asyncio.gather(*(come() for _ in range(size)))
        for _, writer in silent:
            stack.callback(writer.transport.abort)
        await meanwhile()
        answers = await asyncio.gather(*(reader.read() for reader, _ in silent))
    codes = {json.loads(answer.partition(b"\r\n\r\n")[2])["code"] for answer in answers}
    return f"{len(answers)} connections that said nothing were let go: {', '.join(sorted(codes))}"


async def large_body(target: Target, meanwhile: Meanwhile, size: int) -> str:
    """Bodies of ten MiB, announced and unannounced."""
    head = f"POST /api/alarms HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {target.tokens['knap-0']}\r\n"
    head += "Content-Type: application/json\r\n"
    announced = [(head + f"Content-Length: {10 * MIB}\r\n\r\n").encode(), *[b" " * 65_536] * 160]
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    chunked = [(head + "Transfer-Encoding: chunked\r\n\r\n").encode(), *[chunk] * 160, b"0\r\n\r\n"]
    attackers = [asyncio.ensure_future(_refused(target, parts)) for parts in (announced, chunked) for _ in range(size)]
    await meanwhile()
    return f"10 MiB: {', '.join(sorted(set(await asyncio.gather(*attackers))))}"


async def unknown_fields(target: Target, meanwhile: Meanwhile, _size: int) -> str:
    """A press with a field that the hub does not know."""
    press = {"id": str(uuid7()), "kind": "alarm", "colour": "red"}
    async with target.http() as http, target.live("knap-0") as connection:
        reply = await http.post("/api/alarms", json=press)
        await _greeted(connection, None)
        await connection.send(json.dumps({"type": "raise", **press}))
        refused = json.loads(await connection.recv())
        await meanwhile()
    if refused["type"] != "refused" or refused["re"] != press["id"]:
        raise AssertionError(f"not refused over the socket: {refused}")
    return f"{reply.status_code} {reply.json()['code']}: {reply.json()['detail']}; over the socket: {refused['detail']}"


async def wrong_clock(target: Target, meanwhile: Meanwhile, _size: int) -> str:
    """Presses from devices whose clocks are an hour off: taken, with a warning."""
    said = []
    async with target.http() as http, target.live("telefon-bo") as bo:
        await _greeted(bo, None)
        for off in (-1, 1):
            pressed_at = (datetime.now(UTC) + timedelta(hours=off)).isoformat()
            press = {"id": str(uuid7()), "kind": "alarm", "pressed_at": pressed_at}
            reply = await http.post("/api/alarms", json=press)
            while json.loads(await bo.recv()).get("alarm", {}).get("id") != press["id"]:
                pass
            said.append(f"{reply.status_code} {reply.json()['warnings'][0].partition(':')[0]}")
            await http.post(f"/api/alarms/{press['id']}/resolve", json={"as_of": 1, "outcome": "test"})
    await meanwhile()
    return "; ".join(said)


async def rule_with_a_typo(target: Target, meanwhile: Meanwhile, _size: int) -> str:
    """A rule file that says nextafter, checked and set up while the hub serves."""
    right = (target.folder / "rules.toml").read_text(encoding="utf-8")
    (target.folder / "rules.toml").write_text(right.replace("next_after", "nextafter", 1), encoding="utf-8")
    said = []
    for command in (("check-rules", "rules.toml"), ("setup", "site.toml")):
        try:
            await target.hub.command(command[0], str(target.folder / command[1]))
        except HubDidNotStart as refusal:
            said.append(str(refusal).splitlines()[-1].replace(str(target.folder), "…"))
        else:
            raise AssertionError(f"hub {command[0]} took it")
    (target.folder / "rules.toml").write_text(right, encoding="utf-8")
    await meanwhile()
    return "; ".join(dict.fromkeys(said))


ATTACKS = (
    Attack("a slow reader", slow_reader),
    Attack("1 MiB of junk", junk),
    Attack("silent connections", silence),
    Attack("a body of 10 MiB", large_body),
    Attack("unknown fields", unknown_fields),
    Attack("a clock an hour off", wrong_clock),
    Attack("a rule file with a typo", rule_with_a_typo),
)
