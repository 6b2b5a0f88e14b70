"""One live socket, kept up: connects, greets, beats, and comes back when the line breaks."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, NegotiationError, WebSocketException
from websockets.typing import Subprotocol

from .wire import SUBPROTOCOL, Frame, HubLineError, LineClosed, NotAHub, TokenRefused, live_address

# What a hub says that restarts or moves its clients: there is nothing to wait for.
COME_AGAIN = 1012


def pauses() -> Iterator[float]:
    """Seconds between tries: 0.2 s doubling to 5 s, jittered so that a thousand devices do not come at once."""
    ceiling = 0.2
    while True:
        yield ceiling * random.uniform(0.5, 1.0)  # noqa: S311 (spread, not a secret)
        ceiling = min(5.0, ceiling * 2)


def _goodbye(problem: Exception) -> int | None:
    """The code that the other end closed with, if it did."""
    return problem.rcvd.code if isinstance(problem, ConnectionClosed) and problem.rcvd is not None else None


class Link:
    """The socket of one device; `heard` gets each frame, `turned` learns when the line comes, goes or is given up."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        hello: Callable[[], Frame],
        heard: Callable[[Frame], None],
        turned: Callable[[], None],
        beat_every: float,
    ) -> None:
        self.url = url
        self.condition: Frame = {"sound": "on", "visible": True}
        self.trouble = "no answer"
        self.fatal: HubLineError | None = None
        self.settled = asyncio.Event()
        self._live = live_address(url)
        self._token = token
        self._hello, self._heard, self._turned = hello, heard, turned
        self._beat_every = beat_every
        self._socket: ClientConnection | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._socket is not None

    def start(self) -> None:
        """Begins to connect; `settled` is set when the line is up, or given up."""
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Ends the line for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self.fatal = self.fatal or LineClosed()
        self._turn(None)

    async def send(self, frame: Frame) -> bool:
        """Sends a frame if the line is up; False if it is not, or breaks meanwhile."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(json.dumps(frame))
        except ConnectionClosed:
            return False
        return True

    async def _keep(self) -> None:
        waits = pauses()
        while self.fatal is None:
            moved = False
            try:
                await self._one_connection()
                self.trouble = "it closed the line"
            except InvalidStatus as refusal:
                status = refusal.response.status_code
                self.trouble = f"it answered {status}"
                if status in {401, 403}:
                    self.fatal = TokenRefused(self.url, status)
            except NegotiationError:
                self.fatal = NotAHub(self.url)
            except (OSError, TimeoutError, WebSocketException) as problem:
                self.trouble = str(problem) or type(problem).__name__
                # The hub that ends has said so: another may be there already, and nobody should be without for long.
                moved = self.up and _goodbye(problem) == COME_AGAIN
            if self.up:
                waits = pauses()
            self._turn(None)
            if self.fatal is None and not moved:
                await asyncio.sleep(next(waits))

    async def _one_connection(self) -> None:
        async with connect(
            self._live,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers={"Authorization": f"Bearer {self._token}"},
            compression=None,
            proxy=None,
            open_timeout=5,
            ping_interval=10,
            ping_timeout=10,
            close_timeout=1,
            max_size=2**24,  # a snapshot of very many open alarms is still one frame
        ) as socket:
            if socket.subprotocol != SUBPROTOCOL:
                raise NegotiationError("no subprotocol agreed")
            await socket.send(json.dumps(self._hello()))
            beats = asyncio.create_task(self._beat(socket))
            try:
                await self._listen(socket)
            finally:
                beats.cancel()

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            self._heard(frame)
            if not self.up and frame.get("type") == "snapshot":
                self._turn(socket)

    async def _beat(self, socket: ClientConnection) -> None:
        try:
            while True:
                await socket.send(json.dumps({"type": "beat", **self.condition}))
                await asyncio.sleep(self._beat_every * random.uniform(0.8, 1.0))  # noqa: S311 (spread)
        except ConnectionClosed:
            return

    def _turn(self, socket: ClientConnection | None) -> None:
        self._socket = socket
        if socket is not None or self.fatal is not None:
            self.settled.set()
        else:
            self.settled.clear()
        self._turned()
