"""The door: whoever connects must ask for something soon and in few words, and is told so when there is no room."""

import asyncio
import resource
import socket as wires
from collections.abc import Callable, Collection
from typing import Any, cast

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from hub.web.problems import document
from hub.web.socket import LiveSocket, Session

ASK_WITHIN = 10.0  # seconds from the connection, or from a request's first byte, to its last
# A file takes as long as it takes, as long as so much of it comes each time; nothing else is so large.
LEAST_OF_A_FILE = 96 * 1024
# Milliseconds that what is on its way to a client may stay unread, however little it is: then it is gone, or stalled.
UNREAD_WITHIN = 15_000
LONGEST_HEAD = 32 * 1024
MOST_FILES = 2**20
DRAIN_WITHIN = 4.0  # seconds, of those that a service manager gives a hub to end in
SHARES, LEAST_SHARE = 80, 5


def lift_limit() -> int:
    """Lets this process have as many open files as it may, and says how many connections that leaves room for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    # The rest is for the database, the ways out of the house, and those who come in the same instant.
    return most - max(most // 10, 64)


class Door(HttpToolsProtocol):
    """One connection until it becomes a live socket: the server's own HTTP, with a deadline and a longest head."""

    def __init__(self, keeper: "Doorkeeper", **given: Any) -> None:
        super().__init__(**given)
        self._keeper = keeper
        self._deadline: asyncio.TimerHandle | None = None
        self._head: int | None = 0
        self._came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if hasattr(wires, "TCP_USER_TIMEOUT"):  # Linux alone has it; it holds for the live socket that this becomes
            wire = transport.get_extra_info("socket")
            wire.setsockopt(wires.IPPROTO_TCP, wires.TCP_USER_TIMEOUT, UNREAD_WITHIN)
        self._expect()
        self._keeper.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._asked()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        self._came += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LONGEST_HEAD:
            detail = f"The request line and the headers may be {LONGEST_HEAD} bytes: send less."
            self.refuse(431, "head_too_large", "The headers are too long", detail)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._expect()

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = 0
        self._asked()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, "bad_request", "This is not HTTP", f"{msg} Send HTTP/1.1, or open a WebSocket at /live.")

    def refuse(self, status: int, code: str, title: str, detail: str, **headers: str) -> None:
        """Says why, and hangs up."""
        self._asked()
        if self.transport.is_closing():
            return
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is None or not cycle.response_started or (cycle.response_complete and not cycle.more_body):
            self.transport.write(_on_the_wire(document(status, code, title, detail, headers=headers)))
        self.transport.close()

    def _expect(self) -> None:
        self._came = 0
        self._deadline = self.loop.call_later(ASK_WITHIN, self._too_late)

    def _asked(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._keeper.asked(self)

    def _too_late(self) -> None:
        cycle = cast(RequestResponseCycle | None, self.cycle)
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._expect()  # it waits for us: what comes behind the request in hand is not read meanwhile
            return
        if cycle is not None and cycle.more_body and not cycle.response_complete and self._came > LEAST_OF_A_FILE:
            self._expect()
            return
        detail = f"A whole request must come within {ASK_WITHIN:.0f} s: connect again when there is one to send."
        self.refuse(408, "too_slow", "No request came", detail)


class Doorkeeper:
    """Keeps count of who is in, and when the house is full lets those go who have asked for nothing yet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._silent: dict[Door, None] = {}

    def __call__(self, *, server_state: ServerState, **given: Any) -> Door:
        """What the server calls for each connection."""
        return Door(self, server_state=server_state, **given)

    def came(self, door: Door) -> None:
        self._silent[door] = None
        if len(door.connections) > self._most:
            longest_silent = next(iter(self._silent))
            detail = "The hub has as many connections as it can hold: try again in a few seconds."
            longest_silent.refuse(503, "full", "No room", detail, **{"Retry-After": "5"})

    def asked(self, door: Door) -> None:
        self._silent.pop(door, None)


async def drain(connections: Collection[object], hurry: Callable[[], bool]) -> None:
    """Sends the live sockets on to the other hubs, a few at a time: each of them is caught up before the next come."""
    leaving = [one for one in connections if isinstance(one, LiveSocket)]
    share = max(LEAST_SHARE, -(-len(leaving) // SHARES))
    for first in range(0, len(leaving), share):
        if hurry():
            return
        # First of all: the door closes on the loop's next turn, and who comes back sooner would still be let in here.
        await asyncio.sleep(DRAIN_WITHIN / SHARES)
        for socket in leaving[first : first + share]:
            socket.shutdown()


def live_socket(session: Session) -> Any:
    """The class-like thing that the server calls for each upgrade."""

    def make(*, server_state: ServerState, **_configuration: Any) -> LiveSocket:
        return LiveSocket(session, server_state)

    return make


def _on_the_wire(response: Response) -> bytes:
    head = [STATUS_LINE[response.status_code]]
    head += [name + b": " + value + b"\r\n" for name, value in response.raw_headers]
    return b"".join([*head, b"connection: close\r\n\r\n", bytes(response.body)])
