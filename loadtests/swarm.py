"""Thousands of devices in one process: each a bare protocol that notes when bytes came, before it reads them."""

import asyncio
import json
import resource
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from os import urandom
from time import perf_counter_ns
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

Heard = Callable[["LightClient", int, bytes], None]

_BEAT_ROUND = 12.0  # seconds in which every device beats once; the hub wants one every 15
_BEAT_TICKS = 120


class NotConnected(Exception):
    """The far end refused a device or hung up."""


def client_frame(payload: bytes) -> bytes:
    """One text frame as a client sends it; the mask is zeros, which is a mask, and leaves the bytes as they are."""
    size = len(payload)
    if size < 126:
        head = bytes((0x81, 0x80 | size))
    elif size < 65536:
        head = bytes((0x81, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x81, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


def encoded(frame: dict[str, Any]) -> bytes:
    """A frame as bytes ready for the wire."""
    return client_frame(json.dumps(frame, separators=(",", ":")).encode())


BEAT = encoded({"type": "beat", "sound": "on", "visible": True})


def server_frame(payload: bytes) -> bytes:
    """One unmasked text frame, as a hub sends it."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    return (b"\x81\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x81\x7f" + size.to_bytes(8, "big")) + payload


def split_frames(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole server frames in `data` as payloads, and the bytes of the next one that has not all come."""
    payloads: list[bytes] = []
    at, end = 0, len(data)
    while end - at >= 2:
        size, start = data[at + 1] & 0x7F, at + 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + wide], "big"), start + wide
        if start + size > end:
            break
        payloads.append(data[start : start + size])
        at = start + size
    return payloads, data[at:]


class LightClient(asyncio.Protocol):
    """One device: shakes hands, says hello, and hands every chunk on with the moment it came."""

    __slots__ = (
        "_early",
        "_hello",
        "_request",
        "_shaken",
        "closed",
        "heard",
        "opened",
        "snapshot",
        "token",
        "transport",
    )

    def __init__(self, host: str, token: str, heard: Heard, cursor: int | None = None) -> None:
        self.token = token
        self.heard = heard
        self.snapshot = b""
        """The first that the hub said."""
        self.transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._early = b""
        self._hello = encoded({"type": "hello", "cursor": cursor, "client": "swarm 1.0"})
        self._shaken = False
        key = b64encode(urandom(16)).decode()
        self._request = (
            f"GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: hub.v1\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        ).encode()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)
        self._request = b""

    def data_received(self, data: bytes) -> None:
        at = perf_counter_ns()
        if self.opened.done():
            self.heard(self, at, data)
            return
        self._early += data
        if not self._shaken:
            head, end, rest = self._early.partition(b"\r\n\r\n")
            if not end:
                return
            self._early = rest
            self._answered(head.partition(b"\r\n")[0])
        # Until its snapshot is there a device is not caught up: what happens meanwhile is in it, and comes as no frame.
        snapshot, self._early = split_frames(self._early)
        if snapshot and not self.opened.done():
            rest, self._early, self.snapshot = self._early, b"", snapshot[0]
            self.opened.set_result(None)
            for payload in snapshot[1:]:
                self.heard(self, at, server_frame(payload))
            if rest:
                self.heard(self, at, rest)

    def _answered(self, status: bytes) -> None:
        self._shaken = True
        if b" 101 " in status:
            self.send(self._hello)
        else:
            self.opened.set_exception(NotConnected(f"the handshake was answered with {status.decode('latin-1')}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(NotConnected(str(exc or "the far end hung up during the handshake")))

    def send(self, frame: bytes) -> None:
        """Sends bytes that are a frame already."""
        if self.transport is None:
            raise NotConnected("this device was never connected")
        self.transport.write(frame)

    def hold(self) -> None:
        """Stops reading: a device that cannot keep up."""
        if self.transport is not None:
            self.transport.pause_reading()

    def close(self) -> None:
        """Hangs up."""
        if self.transport is not None:
            self.transport.abort()


def ignore(_client: object, _at: int, _data: bytes) -> None:
    """For devices whose frames nobody looks at."""


class Log:
    """Keeps chunks as they come and takes them apart afterwards, outside the timed part."""

    def __init__(self) -> None:
        self.chunks: list[tuple[LightClient, int, bytes]] = []

    def __call__(self, client: LightClient, at: int, data: bytes) -> None:
        self.chunks.append((client, at, data))

    def frames(self) -> Iterator[tuple[LightClient, int, bytes]]:
        """Every frame with the client and the moment when its last byte came."""
        rests: dict[LightClient, bytes] = {}
        for client, at, data in self.chunks:
            payloads, rests[client] = split_frames(rests.get(client, b"") + data)
            for payload in payloads:
                yield client, at, payload


class Swarm:
    """Many devices on one hub; they beat in turn, so that the hub counts them as alive."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self.clients: list[LightClient] = []
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
        self.leave(self.clients)
        await asyncio.sleep(0)

    async def connect(self, tokens: Iterable[str], heard: Heard = ignore, *, at_once: int = 100) -> list[LightClient]:
        """Connects one device a token, `at_once` at a time, in the order of the tokens."""
        gate = asyncio.Semaphore(at_once)

        async def one(token: str) -> LightClient:
            async with gate:
                return await self.come_back(token, None, heard)

        return await asyncio.gather(*map(one, tokens))

    async def come_back(self, token: str, cursor: int | None, heard: Heard = ignore) -> LightClient:
        """Connects one device, which has heard everything up to its cursor."""
        _, client = await asyncio.get_running_loop().create_connection(
            lambda: LightClient(f"{self._host}:{self._port}", token, heard, cursor), self._host, self._port
        )
        await client.opened
        self.clients.append(client)
        return client

    def leave(self, clients: Sequence[LightClient]) -> None:
        """Hangs these up."""
        for client in clients:
            client.close()
        gone = set(clients)
        self.clients = [client for client in self.clients if client not in gone]

    async def _beat(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(_BEAT_ROUND / _BEAT_TICKS)
            turn = (turn + 1) % _BEAT_TICKS
            for client in self.clients[turn::_BEAT_TICKS]:
                if not client.closed:
                    client.send(BEAT)


def allow_many_files() -> int:
    """Lifts this process's limit on open files as far as it may; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
