"""One press at a time: who raises, who must see it, and the moments when the bytes came."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import cast
from urllib.parse import urlsplit

from uuid_utils import uuid7

from .swarm import LightClient, NotConnected, encoded, ignore, split_frames

RAISED = b'"event":"raised"'
RESOLVED = b'"event":"resolved"'
ACCEPTED = b'"type":"accepted"'
CREATED = b"HTTP/1.1 201"
_QUIET = 2.0
LONGEST = 30.0  # seconds to wait for one round before the run is called broken


class RoundBroken(Exception):
    """A frame that had to come did not."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Nanoseconds from one press to each thing that came of it, and how large the frame was."""

    accepted: int
    first: int
    last: int
    size: int = 0

    @property
    def stored(self) -> int:
        """The first proof outside the hub that it is on disk: nothing leaves the hub before the commit."""
        return min(self.accepted, self.first)


class Round:
    """Waits until every responder has seen `mark` and the raiser its answer."""

    def __init__(self, responders: Sequence[LightClient], mark: bytes) -> None:
        self._responders, self._mark = responders, mark
        self._shown: list[int] = []
        self._answered = 0
        self._size = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for client in responders:
            client.heard = self._responder

    def raiser(self, answer: bytes) -> "_Answer":
        """What the raiser's connection hands its chunks to."""
        return _Answer(self, answer)

    def answered(self, at: int) -> None:
        self._answered = self._answered or at
        self._look()

    async def sample(self, pressed: int) -> Sample:
        """The round's figures once all has come."""
        try:
            async with asyncio.timeout(LONGEST):
                await self._over
        except TimeoutError:
            got = f"{len(self._shown)} of {len(self._responders)} responders and {bool(self._answered):d} of 1 raiser"
            raise RoundBroken(f"only {got} heard {self._mark.decode()} within {LONGEST:.0f} s") from None
        finally:
            for client in self._responders:
                client.heard = ignore
        return Sample(self._answered - pressed, min(self._shown) - pressed, max(self._shown) - pressed, self._size)

    def _responder(self, _client: LightClient, at: int, data: bytes) -> None:
        if self._mark in data:
            self._shown.append(at)
            self._size = self._size or next(len(one) for one in split_frames(data)[0] if self._mark in one)
            self._look()

    def _look(self) -> None:
        if self._answered and len(self._shown) >= len(self._responders) and not self._over.done():
            self._over.set_result(None)


class _Answer:
    """Tells its round when the raiser's answer came."""

    def __init__(self, owner: Round, mark: bytes) -> None:
        self._round, self._mark = owner, mark

    def __call__(self, _client: object, at: int, data: bytes) -> None:
        if self._mark in data:
            self._round.answered(at)


class HttpCaller(asyncio.Protocol):
    """One kept-alive HTTP connection that posts alarms with as little work as can be."""

    def __init__(self, url: str, token: str) -> None:
        self.heard: Callable[[object, int, bytes], None] = ignore
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"POST /api/alarms HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        self._transport: asyncio.Transport | None = None
        self._used = 0.0

    async def wake(self) -> None:
        """Connects anew if the hub may have hung up meanwhile, as servers do with a quiet connection after 5 s."""
        now = asyncio.get_running_loop().time()
        if self._transport is None or self._transport.is_closing() or now - self._used > _QUIET:
            self.close()
            await asyncio.get_running_loop().create_connection(lambda: self, self._host, self._port)
        self._used = now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        at = perf_counter_ns()
        self.heard(self, at, data)

    def request(self, alarm: str) -> bytes:
        """The bytes that raise this alarm."""
        body = json.dumps({"id": alarm, "kind": "alarm"}, separators=(",", ":"))
        return f"{self._head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    def send(self, request: bytes) -> None:
        if self._transport is None:
            raise NotConnected("wake the caller before it presses")
        self._transport.write(request)

    def close(self) -> None:
        """Hangs up."""
        if self._transport is not None:
            self._transport.abort()


@dataclass(slots=True)
class Raiser:
    """One device that presses, over its socket or over HTTP beside it."""

    socket: LightClient
    http: HttpCaller | None = None

    def prepared(self, alarm: str) -> bytes:
        """The press as bytes, made before the clock starts."""
        return self.http.request(alarm) if self.http else encoded({"type": "raise", "id": alarm, "kind": "alarm"})

    def press(self, ready: bytes) -> int:
        """Sends the press; the moment just before."""
        at = perf_counter_ns()
        (self.http or self.socket).send(ready)
        return at

    async def ready(self) -> None:
        """Makes sure that its connection is there, outside the timed part."""
        if self.http:
            await self.http.wake()

    def listen(self, round_: Round) -> None:
        """Hands the answer to this round."""
        if self.http:
            self.http.heard = round_.raiser(CREATED)
        else:
            self.socket.heard = round_.raiser(ACCEPTED)


async def one_alarm(raiser: Raiser, responders: Sequence[LightClient]) -> tuple[str, Sample]:
    """Presses once and waits until everybody has it."""
    await raiser.ready()
    alarm = new_alarm()
    ready = raiser.prepared(alarm)
    one = Round(responders, RAISED)
    raiser.listen(one)
    return alarm, await one.sample(raiser.press(ready))


async def all_clear(raiser: Raiser, responders: Sequence[LightClient], alarm: str) -> None:
    """Resolves the alarm and waits until everybody knows, so that the next press meets a quiet hub."""
    one = Round(responders, RESOLVED)
    raiser.socket.heard = one.raiser(RESOLVED)
    raiser.socket.send(encoded(resolve_frame(alarm)))
    await one.sample(0)


def resolve_frame(alarm: str) -> dict[str, object]:
    """All clear for an alarm that nobody has touched since it was raised."""
    return {"type": "resolve", "alarm": alarm, "as_of": 1, "outcome": "test"}


def new_alarm() -> str:
    """An id as devices make them."""
    return str(uuid7())
