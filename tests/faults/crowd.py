"""Devices that press, and colleagues' devices that listen: they come back whenever the hub does, and keep account."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from time import time
from typing import Any, Self

import httpx
from uuid_utils import uuid7
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

Frame = dict[str, Any]
# A hub that has not answered by then never will.
ANSWERS_WITHIN = 20


class Address:
    """Where the hubs are, and which are up: nobody knocks at a door that is known to be shut."""

    def __init__(self, *urls: str, patience: float | None = None) -> None:
        """With `patience`, seconds of silence after which a line is as good as cut."""
        self._urls, self._next = urls, cycle(urls)
        self._patience = patience
        self._shut: set[str] = set()
        self.up = asyncio.Event()
        self.answered = asyncio.Event()
        """Set whenever a press has been accepted."""
        self.accepts: list[float] = []
        """When that was."""

    def opens(self, url: str) -> None:
        self._shut.discard(url)
        self.up.set()

    def shuts(self, url: str) -> None:
        self._shut.add(url)
        if self._shut.issuperset(self._urls):
            self.up.clear()

    def door(self) -> str:
        """The next hub in turn, and not one that is known to be down."""
        for _ in self._urls:
            if (url := next(self._next)) not in self._shut:
                return url
        return self._urls[0]

    @asynccontextmanager
    async def socket(self, token: str, cursor: int | None = None) -> AsyncIterator[ClientConnection]:
        async with connect(
            self.door().replace("http", "ws", 1) + "/live",
            subprotocols=[Subprotocol("hub.v1")],
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,
            proxy=None,
            open_timeout=self._patience or ANSWERS_WITHIN,
            ping_interval=self._patience,
            ping_timeout=self._patience,
            close_timeout=1,
        ) as socket:
            await socket.send(json.dumps({"type": "hello", "cursor": cursor, "client": "crowd 1"}))
            yield socket


class NotNow(Exception):
    """The hub cannot do it at the moment, and says so: ask again, perhaps elsewhere."""


class Silent(Exception):
    """The hub was asked over a line that stands, and has not answered."""


GONE = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, httpx.TransportError, NotNow)


def taken(answer: Frame) -> Frame:
    """The answer; NotNow if it is none yet."""
    if answer.get("code") == "unavailable":
        raise NotNow(answer["detail"])
    return answer


class SocketLine:
    """Presses and clears over one live socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @classmethod
    @asynccontextmanager
    async def open(cls, address: Address, token: str) -> AsyncIterator[Self]:
        async with address.socket(token) as socket:
            yield cls(socket)

    async def open_alarms(self) -> set[str]:
        """What the hub holds as open for this device; asked first."""
        snapshot = await self._next()
        return {alarm["id"] for alarm in snapshot["alarms"]}

    async def press(self, alarm: str) -> Frame:
        accepted: Frame = await self._ask({"type": "raise", "id": alarm, "kind": "alarm"}, alarm, "accepted")
        return accepted

    async def clear(self, alarm: str, version: int) -> Frame:
        return await self._ask(
            {"type": "resolve", "alarm": alarm, "as_of": version, "outcome": "test"}, alarm, "resolved"
        )

    async def _ask(self, frame: Frame, alarm: str, event: str) -> Frame:
        """The frame that answers: `accepted`, the event, or a refusal."""
        await self._socket.send(json.dumps(frame))
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                while True:
                    answer = await self._next()
                    if answer["type"] == "refused" and answer.get("re") == alarm:
                        return taken(answer)
                    if event in (answer["type"], answer.get("event")) and answer["alarm"]["id"] == alarm:
                        return answer
        except TimeoutError:
            raise Silent(alarm) from None

    async def _next(self) -> Frame:
        frame: Frame = json.loads(await self._socket.recv())
        return frame


class HttpLine:
    """The same over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, address: Address, token: str) -> AsyncIterator[Self]:
        headers = {"Authorization": f"Bearer {token}"}
        # Without TLS there is nothing to verify, and reading certificates would take longer than all the presses.
        async with httpx.AsyncClient(
            base_url=address.door(), headers=headers, trust_env=False, verify=False, timeout=ANSWERS_WITHIN
        ) as client:
            yield cls(client)

    async def open_alarms(self) -> set[str]:
        shown = taken((await self._client.get("/api/alarms", params={"state": "open"})).json())
        return {alarm["id"] for alarm in shown["alarms"]}

    async def press(self, alarm: str) -> Frame:
        reply = await self._client.post("/api/alarms", json={"id": alarm, "kind": "alarm"})
        return {"type": "accepted", "alarm": reply.json()} if reply.is_success else _refused(reply)

    async def clear(self, alarm: str, version: int) -> Frame:
        clear = {"as_of": version, "outcome": "test"}
        reply = await self._client.post(f"/api/alarms/{alarm}/resolve", json=clear)
        return {"type": "alarm"} if reply.is_success else _refused(reply)


def _refused(reply: httpx.Response) -> Frame:
    return taken(reply.json() | {"type": "refused"})


Line = SocketLine | HttpLine
MOST_OPEN = 6


@dataclass
class Presser:
    """One button: presses until it is accepted, gives each alarm its all clear in time, and presses on meanwhile."""

    token: str
    address: Address
    line: type[SocketLine] | type[HttpLine]
    dice: random.Random
    accepted: set[str] = field(default_factory=set)
    pressed: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    put_off: int = 0
    words: set[str] = field(default_factory=set)
    """In which it was asked to press again."""
    stopping: bool = False
    _open: dict[str, float] = field(default_factory=dict)
    _pressing: str | None = None

    async def work(self) -> None:
        while not self._over:
            await self.address.up.wait()
            try:
                await self._visit()
            except NotNow as refusal:
                self.put_off += 1
                self.words.add(str(refusal))
                await asyncio.sleep(self.dice.uniform(0.1, 0.5))
            except Silent:
                self.faults.append(f"a hub gave no answer within {ANSWERS_WITHIN} s")
            except GONE:
                await asyncio.sleep(self.dice.uniform(0.01, 0.05))

    async def _visit(self) -> None:
        async with self.line.open(self.address, self.token) as line:
            still = await line.open_alarms()
            # Else the hub was killed between an all clear and our hearing of it.
            self._open = {alarm: until for alarm, until in self._open.items() if alarm in still}
            while not self._over:
                await self._one_turn(line)

    @property
    def _over(self) -> bool:
        return self.stopping and not self._open and self._pressing is None

    async def _one_turn(self, line: Line) -> None:
        now = asyncio.get_running_loop().time()
        over = [alarm for alarm, until in self._open.items() if until <= now]
        if over:
            await self._clear(line, over[0])
        elif self._pressing is None and (self.stopping or len(self._open) >= MOST_OPEN):
            await asyncio.sleep(min(self._open.values()) - now)
        else:
            await self._press(line)
            await asyncio.sleep(self.dice.uniform(0, 0.1))

    async def _press(self, line: Line) -> None:
        alarm = self._pressing = self._pressing or str(uuid7())
        self.pressed.add(alarm)
        answer = await line.press(alarm)
        self._pressing = None
        if answer["type"] == "refused" or answer["alarm"]["id"] != alarm:
            self.faults.append(f"{alarm} was pressed and answered with {answer}")
            return
        self.accepted.add(alarm)
        self.address.answered.set()
        self.address.accepts.append(time())
        # Most are over soon, so that many are pressed; some stay until every step has been taken.
        patience = self.dice.choice([0.0, 0.05, 0.05, 0.1, 0.2, 0.4, 2.5, 9.0])
        self._open[alarm] = asyncio.get_running_loop().time() + patience

    async def _clear(self, line: Line, alarm: str) -> None:
        answer: Frame = {"alarm": {"version": 0}}
        while "alarm" in answer:  # it has changed since: its newest version came with the refusal
            answer = await line.clear(alarm, answer["alarm"]["version"])
            if answer["type"] == "alarm" or answer["code"] == "closed":
                del self._open[alarm]
                return
        self.faults.append(f"the all clear of {alarm} was refused: {answer}")
        del self._open[alarm]


@dataclass
class Listener:
    """One colleague's phone: hears, tells that it has shown, now and then says that its owner is coming."""

    person: str
    token: str
    address: Address
    dice: random.Random
    comes: float = 0.1
    cursor: int | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)
    _since: int | None = None
    heard: list[int] = field(default_factory=list)
    heard_at: dict[int, float] = field(default_factory=dict)
    shown: set[tuple[str, int]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    came_back: int = 0

    async def work(self) -> None:
        while True:
            await self.address.up.wait()
            with suppress(*GONE):
                async with self.address.socket(self.token, self.cursor) as socket:
                    self.came_back += 1
                    async for text in socket:
                        await self._take(socket, json.loads(text))
            await asyncio.sleep(self.dice.uniform(0.01, 0.05))

    async def _take(self, socket: ClientConnection, frame: Frame) -> None:
        if frame["type"] == "resync":
            self._start_over()
        elif frame["type"] == "snapshot":
            if self.cursor is None:
                self.cursor = self._since = frame["cursor"]
            elif frame["cursor"] != self.cursor:
                self.faults.append(f"{self.person} asked from {self.cursor} on and got {frame['cursor']}")
        elif frame["type"] == "alarm":
            await self._hear(socket, frame)

    def _start_over(self) -> None:
        """What follows is a snapshot: between it and what was heard last nothing is owed."""
        if self._since is not None and self.cursor is not None:
            self.spans.append((self._since, self.cursor))
        self.cursor = None

    def owed(self) -> list[tuple[int, int]]:
        """From where to where this device must have heard everything."""
        self._start_over()
        return self.spans

    async def _hear(self, socket: ClientConnection, frame: Frame) -> None:
        alarm, cursor = frame["alarm"], frame["cursor"]
        if self.cursor is not None and cursor <= self.cursor:
            self.faults.append(f"{self.person} heard {cursor} after {self.cursor}")
        self.cursor = cursor
        self.heard.append(cursor)
        self.heard_at[cursor] = time()
        if frame["event"] not in ("raised", "escalated"):
            return
        step = (alarm["id"], alarm["step"])
        if step in self.shown:
            self.faults.append(f"{self.person} was told step {step} again after having shown it")
        await socket.send(json.dumps({"type": "receipt", "alarm": alarm["id"], "stage": "shown"}))
        self.shown.add(step)
        if self.dice.random() < self.comes:
            said = {"type": "answer", "alarm": alarm["id"], "answer": "coming", "as_of": alarm["version"]}
            await socket.send(json.dumps(said))
