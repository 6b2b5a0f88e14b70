"""Phones, buttons and wallboards that speak the live socket's real protocol over a cable in memory.

Every frame that arrives must be expected: a test that does not ask for one fails.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from hub.web.socket import SUBPROTOCOL, LiveSocket

if TYPE_CHECKING:
    from tests.scenarios.world import House

Shown = dict[str, Any]
BEATS_EVERY = timedelta(seconds=10)


class Cable(asyncio.Transport):
    """The hub's end of a connection: what it writes is read by the phone at once."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        super().__init__()
        self._heard = heard
        self._reading = True
        self._waiting: list[bytes] = []
        self._wire: LiveSocket | None = None
        self._closing = False

    def plug(self, wire: LiveSocket) -> None:
        self._wire = wire
        wire.connection_made(self)

    def feed(self, data: bytes) -> None:
        """The phone sends bytes; a hub that has stopped reading gets them later."""
        if self._closing or self._wire is None:
            return
        if self._reading:
            self._wire.data_received(data)
        else:
            self._waiting.append(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closing:
            self._heard(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever buffered here."""

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        self._reading = True
        waiting, self._waiting = self._waiting, []
        for data in waiting:
            asyncio.get_running_loop().call_soon(self.feed, data)

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing and self._wire is not None:
            self._closing = True
            self._wire.connection_lost(None)

    def abort(self) -> None:
        self.close()


@dataclass(frozen=True)
class Heard:
    """A frame and the moment it came."""

    frame: Shown
    at: datetime


class Phone:
    """One device in somebody's hand or on a wall, with what it has heard and nobody has looked at yet."""

    def __init__(self, house: "House", device: str, token: str, owner: str) -> None:
        self.house = house
        self.device = device
        self.token = token
        self.owner = owner
        self.unread: deque[Heard] = deque()
        self.refusals: deque[Shown] = deque()
        self.accepted: deque[Shown] = deque()
        self.reach: deque[Shown] = deque()
        self.news: deque[Shown] = deque()
        self.lone: deque[Shown] = deque()
        self.warnings: deque[Shown] = deque()
        self.proofs: deque[Shown] = deque()
        self.messages: deque[Shown] = deque()
        self.taps = True
        self.positions: deque[Shown] = deque()
        self.risks: deque[Shown] = deque()
        self._piles: dict[str, deque[Shown]] = {"reach": self.reach, "heard": self.news, "lone": self.lone}
        self._piles["risks"] = self.risks
        self._piles |= {"warning": self.warnings, "position": self.positions, "refused": self.refusals}
        self.snapshots: deque[Shown] = deque()
        self.welcome: Shown = {}
        self.resyncs = 0
        self.frames: dict[int, Shown] = {}
        self.cursor: int | None = None
        self.known: dict[str, Shown] = {}
        self.receipt: Shown = {}
        self.closed_with: int | None = None
        self.beats = True
        self.next_beat = house.clock.now()
        self._cable: Cable | None = None
        self.wire: LiveSocket | None = None
        self._protocol = ClientProtocol(parse_uri("ws://hub.example/live"), subprotocols=[SUBPROTOCOL])

    def __repr__(self) -> str:
        return f"<{self.device}>"

    # The line.

    @property
    def connected(self) -> bool:
        return self._cable is not None and not self._cable.is_closing()

    async def connects(self, cursor: int | None = None) -> Shown:
        """Opens the line and says hello; gives the snapshot that the hub answers with."""
        await self.dials(cursor)
        await self.house.settle()
        self.welcome = self.snapshots.popleft()
        return self.welcome

    async def dials(self, cursor: int | None = None) -> None:
        """Opens the line and says hello, and does not wait to be answered."""
        assert not self.connected, f"{self} is connected already"
        self._protocol = ClientProtocol(parse_uri("ws://hub.example/live"), subprotocols=[SUBPROTOCOL])
        self._cable, self.closed_with = Cable(self._hear), None
        self.wire = LiveSocket(self.house.live, ServerState())
        self._cable.plug(self.wire)
        request = self._protocol.connect()
        request.headers["Authorization"] = f"Bearer {self.token}"
        self._protocol.send_request(request)
        self._send()
        await self.house.settle()
        self.say({"type": "hello", "cursor": cursor, "client": "test 1"})
        self.next_beat = self.house.clock.now() + BEATS_EVERY

    async def comes_back(self) -> Shown:
        """Connects again with the cursor it had."""
        return await self.connects(self.cursor)

    def drops(self) -> None:
        """The line is gone: a flat battery, a cellar, a hub that was killed."""
        if self._cable is not None:
            self._cable.close()

    def say(self, frame: Shown) -> None:
        assert self.connected, f"{self} has no line to say {frame} on"
        self._protocol.send_text(json.dumps(frame).encode())
        self._send()

    def beat(self, **state: Any) -> None:
        self.say({"type": "beat", **state})
        self.next_beat = self.house.clock.now() + BEATS_EVERY

    def _send(self) -> None:
        assert self._cable is not None
        for data in self._protocol.data_to_send():
            self._cable.feed(data)

    def _hear(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                assert event.status_code == 101, f"{self} was not let in: {event}"
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._sort(json.loads(bytes(event.data)))
            elif isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
                self.closed_with = int.from_bytes(event.data[:2], "big")

    def _sort(self, frame: Shown) -> None:
        match frame["type"]:
            case "alarm":
                self._keep(frame)
                self.unread.append(Heard(frame, self.house.clock.now()))
            case "message":
                assert self.cursor is None or frame["cursor"] > self.cursor, f"{self} heard {frame} too late"
                self.cursor = frame["cursor"]
                self.messages.append(frame)
            case "snapshot":
                self.cursor = frame["cursor"]
                self.known |= {alarm["id"]: alarm for alarm in frame["alarms"]}
                self.snapshots.append(frame)
                if frame["proof"] is not None:
                    self._tap(frame["proof"])
            case "accepted":
                self.accepted.append(frame)
                self.known[frame["id"]] = frame["alarm"]
            case "proof":
                self._tap(frame)
            case "resync":
                self.resyncs += 1
            case other:
                assert other in self._piles, f"{self} heard a frame of type {other!r}, which no phone knows"
                self._piles[other].append(frame)

    def _tap(self, proof: Shown) -> None:
        """The person hears the test of their shift and taps it, unless the test says otherwise."""
        self.proofs.append(proof)
        if self.taps and proof["state"] == "asked":
            asyncio.get_running_loop().call_soon(self.say, {"type": "proof", "id": proof["id"]})

    def _keep(self, frame: Shown) -> None:
        alarm, cursor = frame["alarm"], frame["cursor"]
        assert self.cursor is None or cursor > self.cursor, f"{self} heard {cursor} after {self.cursor}"
        assert cursor not in self.frames, f"{self} heard {cursor} twice"
        self.cursor = cursor
        self.frames[cursor] = frame
        known = self.known.get(alarm["id"])
        if known is None or known["version"] <= alarm["version"]:
            self.known[alarm["id"]] = alarm

    # What a person does with it.

    async def presses(self, kind: str = "alarm", **more: Any) -> str:
        """Raises an alarm and waits until the hub has accepted it; gives its id."""
        which = more.pop("id", None) or str(UUID(int=next(self.house.ids)))
        self.say({"type": "raise", "id": which, "kind": kind, **more})
        await self.house.settle()
        assert self.accepted, f"{self} pressed and was not accepted: {list(self.refusals)}"
        self.receipt = self.accepted.popleft()
        assert self.receipt["id"] == which
        return str(which)

    async def says(self, answer: str, alarm: str, **more: Any) -> None:
        """Answers the alarm as the screen shows it."""
        self.say({"type": "answer", "alarm": alarm, "answer": answer, "as_of": self._version(alarm), **more})
        await self.house.settle()

    async def resolves(self, alarm: str, outcome: str = "real", **more: Any) -> None:
        """Gives the all clear."""
        self.say({"type": "resolve", "alarm": alarm, "as_of": self._version(alarm), "outcome": outcome, **more})
        await self.house.settle()

    async def withdraws(self, alarm: str, pin: str | None = None) -> None:
        """Takes the alarm back."""
        pins = {"pin": pin} if pin else {}
        self.say({"type": "withdraw", "alarm": alarm, "as_of": self._version(alarm), **pins})
        await self.house.settle()

    async def confirms(self, alarm: str, stage: str = "shown") -> None:
        """The device says that it has the alarm, or that the person can see it."""
        self.say({"type": "receipt", "alarm": alarm, "stage": stage})
        await self.house.settle()

    async def asks(self, path: str, status: int = 200) -> Any:
        """Reads something over HTTP."""
        response = await self.house.http.get(path, headers={"Authorization": f"Bearer {self.token}"})
        assert response.status_code == status, response.text
        return response.json()

    def _version(self, alarm: str) -> int:
        return int(self.known[alarm]["version"]) if alarm in self.known else 1

    # What the test expects of it.

    def hears(self, event: str, alarm: str | None = None, **fields: Any) -> Shown:
        """Takes the oldest frame that nobody has looked at: it must be this one."""
        assert self.unread, f"{self} heard nothing; {event} was expected"
        frame = self.unread.popleft().frame
        shown: Shown = frame["alarm"]
        found = {"event": frame["event"], **{key: shown.get(key) for key in ("id", *fields)}}
        wanted = {"event": event, "id": alarm or shown["id"], **fields}
        assert found == wanted, f"{self} heard {found}; expected {wanted}"
        return shown

    def hears_nothing(self) -> None:
        """Everything that came has been looked at."""
        assert not self.unread, f"{self} heard {[one.frame for one in self.unread]}"

    def is_refused(self, code: str) -> Shown:
        """The hub did not act on the last frame, and said why."""
        assert self.refusals, f"{self} was not refused"
        refused = self.refusals.popleft()
        assert refused["code"] == code, refused
        return refused

    def who_would_hear(self) -> list[str]:
        """Takes the newest word on who would hear an alarm in the owner's unit."""
        assert self.reach, f"{self} has had no word on reach"
        people: list[str] = self.reach[-1]["people"]
        self.reach.clear()
        return people
