"""The live socket's wire: one WebSocket connection as a plain asyncio protocol.

It stands in for the server's own WebSocket class so that a fan-out writes bytes that are framed once straight to each
transport, and so that an idle connection is a few objects and no task.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, cast

import structlog
from uvicorn.server import ServerState
from websockets.exceptions import NegotiationError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from hub.delivery.sockets import Envelope, Vital, text_frame
from hub.errors import HubError
from hub.people.access import Principal
from hub.web.problems import problem
from hub.web.strictjson import LARGEST_BODY

SUBPROTOCOL = Subprotocol("hub.v1")
HELLO_WITHIN = 5.0  # seconds, protocol.md
# About 400 frames: a reader this far behind is better served by a resync than by the backlog.
LARGEST_BACKLOG = 256 * 1024
LINGER = 5.0  # seconds that a closing connection may take to say goodbye
MOST_IN_FLIGHT = 64
# Frames that may wait for a client that takes its time with its past.
MOST_HELD = 1_000

_log = structlog.get_logger("hub.live")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A client with a credential that holds."""

    token: str
    principal: Principal


class Session(Protocol):
    """What stands behind the wire: it admits, and acts on what the client says."""

    async def admit(self, request: Request) -> Admitted:
        """Raises the HubError that the handshake is refused with."""
        ...

    def opened(self, wire: "LiveSocket") -> None: ...

    def said(self, wire: "LiveSocket", text: bytes) -> None: ...

    def closed(self, wire: "LiveSocket") -> None: ...  # said of every connection, and more than once


def _choose_subprotocol(_server: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    if offered and SUBPROTOCOL not in offered:
        raise NegotiationError(f"offer the subprotocol {SUBPROTOCOL}")
    return SUBPROTOCOL if offered else None


class LiveSocket(asyncio.Protocol):
    """One client's connection, from the handshake to the goodbye."""

    __slots__ = (
        "_buffer",
        "_close_timer",
        "_full",
        "_held",
        "_hello_timer",
        "_in_flight",
        "_loop",
        "_paused",
        "_server_state",
        "_session",
        "_tasks",
        "_transport",
        "_ws",
        "device",
        "greeted",
        "institution",
        "person",
        "principal",
        "refusals",
        "token",
        "vital",
    )

    vital: Vital
    principal: Principal

    def __init__(self, session: Session, server_state: ServerState) -> None:
        self._session = session
        self._server_state = server_state
        self._loop = asyncio.get_running_loop()
        self._ws = ServerProtocol(
            subprotocols=[SUBPROTOCOL], select_subprotocol=_choose_subprotocol, max_size=LARGEST_BODY
        )
        self._transport = cast(asyncio.Transport, None)
        self._buffer: list[bytes] = []
        self._hello_timer: asyncio.TimerHandle | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._full: asyncio.Future[None] | None = None
        self._held: list[Envelope] | None = None
        self._in_flight = 0
        self._paused = False
        self._tasks: set[asyncio.Task[Any]] | None = None
        self.institution = ""
        self.person: str | None = None
        self.device: str | None = None
        self.token = ""
        self.greeted = False
        self.refusals = 0

    # What the server calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=LARGEST_BACKLOG)
        self._server_state.connections.add(cast(Any, self))

    def data_received(self, data: bytes) -> None:
        self._ws.receive_data(data)
        for event in self._ws.events_received():
            if isinstance(event, Request):
                # Nothing more is read until the client is admitted, so nothing can pile up before that.
                self._transport.pause_reading()
                self.own(self._open(event))
            elif isinstance(event, Frame) and self._close_timer is None:
                self._frame(event)
        self._flush()
        if self._ws.close_expected() and self._close_timer is None:
            self._close_timer = self._loop.call_later(LINGER, self._transport.abort)
            # The client has said goodbye, and so have we: the transport takes nothing more.
            self._session.closed(self)
        if self._ws.state is State.CLOSED:
            self._transport.close()

    def eof_received(self) -> None:
        self._ws.receive_eof()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._server_state.connections.discard(cast(Any, self))
        for timer in (self._hello_timer, self._close_timer):
            if timer is not None:
                timer.cancel()
        self.resume_writing()
        self._ws.receive_eof()
        self._session.closed(self)

    def pause_writing(self) -> None:
        """More than the largest backlog waits for this reader: its past may wait with it, the present may not."""
        if self._held is not None:
            self._full = self._loop.create_future()
        else:
            self.end(1013, "too far behind: connect again and resync")

    def resume_writing(self) -> None:
        full, self._full = self._full, None
        if full is not None:
            full.set_result(None)

    def shutdown(self) -> None:
        """The server is stopping: the client is told to come back at once, elsewhere if it can."""
        self.end(1012, "the hub restarts: connect again at once")

    # What the session calls.

    @property
    def open(self) -> bool:
        return self._ws.state is State.OPEN and not self._transport.is_closing()

    def own(self, work: Any) -> None:
        """Runs a coroutine that belongs to this connection; if it fails, the client is told to come again."""
        task = self._loop.create_task(work)
        self._tasks = self._tasks or set()
        self._tasks.add(task)
        task.add_done_callback(self._worked)

    def _worked(self, task: asyncio.Task[Any]) -> None:
        (self._tasks or set()).discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a live socket's work failed", exc_info=error)
            self.end(1011, "the hub failed at this: connect again")

    def hold(self) -> None:
        """Keeps what is pushed from now on until `release`: the client is still being caught up."""
        self._held = []

    async def deliver(self, frames: Sequence[bytes]) -> None:
        """Writes the client's past at its own pace: that may be more than it may be behind with the present."""
        for frame in (*frames, b""):
            if self._full is not None:
                await self._full
            if self.open:
                self._transport.write(frame)

    def release(self, cursor: int) -> None:
        """Sends what was held and is newer than `cursor`, and from now on everything as it comes."""
        held, self._held = self._held or [], None
        newer = [one for one in held if one.cursor is None or one.cursor > cursor]
        if newer and self.open:
            self.push(newer)

    def push(self, envelopes: Sequence[Envelope]) -> None:
        # No question is asked here that the transport answers by itself: a fan-out comes by for every receiver.
        if self._held is None:
            frame = envelopes[0].frame if len(envelopes) == 1 else b"".join([one.frame for one in envelopes])
            self._transport.write(frame)
            return
        self._held.extend(envelopes)
        if len(self._held) > MOST_HELD:
            self.end(1013, "too far behind: connect again and resync")

    def write(self, frame: bytes) -> None:
        """Puts a ready frame on the wire, unless the connection is ending."""
        if self.open:
            self._transport.write(frame)

    def send(self, payload: bytes) -> None:
        self.write(text_frame(payload))

    def busy(self, done: "asyncio.Future[Any]", then: Callable[["asyncio.Future[Any]"], None]) -> None:
        """Waits for `done` without a task; a client with too much under way is not read until some of it is done."""
        self._in_flight += 1
        if self._in_flight >= MOST_IN_FLIGHT and not self._paused:
            self._paused = True
            self._transport.pause_reading()

        def finish(future: "asyncio.Future[Any]") -> None:
            self._in_flight -= 1
            if self._paused and self._in_flight < MOST_IN_FLIGHT // 2 and not self._transport.is_closing():
                self._paused = False
                self._transport.resume_reading()
            then(future)

        done.add_done_callback(finish)

    def greet(self) -> None:
        """The client has said hello in time."""
        self.greeted = True
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None

    def end(self, code: int, reason: str) -> None:
        """Closes with a reason; a client that does not even read that is cut off."""
        if self._ws.state is not State.OPEN:
            self._transport.close()
            return
        self._ws.send_close(code, reason)
        self._flush()
        # Nothing may follow the goodbye.
        self._session.closed(self)
        if self._close_timer is None:
            self._close_timer = self._loop.call_later(LINGER, self._transport.abort)

    # The handshake and the frames.

    async def _open(self, request: Request) -> None:
        response = self._ws.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            try:
                self._let_in(await self._session.admit(request))
            except HubError as refusal:
                response = self._refused(refusal)
        if self._transport.is_closing():
            return
        self._ws.send_response(response)
        self._flush()
        if self._ws.state is State.OPEN:
            self._session.opened(self)
            self._hello_timer = self._loop.call_later(HELLO_WITHIN, self._no_hello)
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _let_in(self, admitted: Admitted) -> None:
        self.token, self.principal = admitted.token, admitted.principal
        self.institution, self.person = self.principal.institution, self.principal.person
        self.device = self.principal.device

    def _refused(self, refusal: HubError) -> Response:
        shown = problem(refusal)
        response = self._ws.reject(shown.status_code, "")
        response.body = bytes(shown.body)
        for name, value in shown.headers.items():
            response.headers.pop(name, None)
            response.headers[name] = value
        return response

    def _no_hello(self) -> None:
        self.end(1008, "hello must come within 5 s")

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT and frame.fin and not self._buffer:
            self._session.said(self, bytes(frame.data))
        elif frame.opcode is Opcode.BINARY:
            self.end(1003, "send JSON in text frames")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            if frame.data:
                self._buffer.append(bytes(frame.data))
            if frame.fin:
                whole = b"".join(self._buffer)
                self._buffer = []
                self._session.said(self, whole)

    def _flush(self) -> None:
        if not self._transport.is_closing():
            for data in self._ws.data_to_send():
                if data:
                    self._transport.write(data)
                elif self._transport.can_write_eof():
                    self._transport.write_eof()
