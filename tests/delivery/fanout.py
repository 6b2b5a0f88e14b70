"""What the fan-out itself costs: processor time a message, through the hub's own sockets and through bare transports.

Both write the same frame to as many TCP connections, turn by turn; the far ends are read between the turns.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from socket import create_connection, socket
from typing import cast

import uvloop
from uvicorn.server import ServerState
from websockets.protocol import State

from hub.delivery.sockets import Envelope, Sockets, text_frame
from hub.web.socket import LiveSocket, Session
from hub.web.socket_door import lift_limit

ROUNDS = 60
BUDGET = 1.25


class _Listening:
    """The session of a socket that only listens."""

    def closed(self, wire: LiveSocket) -> None: ...


class _Bare(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)


async def _connected(make: Callable[[], asyncio.Protocol], many: int) -> tuple[list[asyncio.Protocol], list[socket]]:
    """`many` served connections, and their far ends, which the loop knows nothing of."""
    made: list[asyncio.Protocol] = []
    all_there = asyncio.Event()

    def served() -> asyncio.Protocol:
        made.append(make())
        if len(made) == many:
            all_there.set()
        return made[-1]

    server = await asyncio.get_running_loop().create_server(served, "127.0.0.1", 0, backlog=many)
    far = [create_connection(server.sockets[0].getsockname()) for _ in range(many)]
    await all_there.wait()
    await asyncio.sleep(0.1)  # the last of them still learn of their transports
    for end in far:
        end.setblocking(False)
    return made, far


def _listener(numbers: Iterator[int], state: ServerState, sockets: Sockets) -> LiveSocket:
    wire = LiveSocket(cast(Session, _Listening()), state)
    wire._ws.state = State.OPEN  # the handshake is not what is measured
    wire.institution, wire.person, wire.device = "house", f"person-{next(numbers)}", None
    sockets.add(wire)
    return wire


async def _turn(write: Callable[[], None], far: Sequence[socket]) -> float:
    """Microseconds of processor time a message, until the kernel has all of them."""
    began = time.thread_time_ns()
    write()
    await asyncio.sleep(0)  # the loop hands over here what it has gathered
    spent = time.thread_time_ns() - began
    await asyncio.sleep(0.01)
    for end in far:
        end.recv(65536)
    return spent / len(far) / 1e3


async def measure(receivers: int, size: int, rounds: int = ROUNDS) -> tuple[float, float]:
    """Median µs a message of the bare loop, and of the hub's fan-out."""
    sockets, state, numbers = Sockets(), ServerState(), count()
    plain, plain_far = await _connected(_Bare, receivers)
    bare = [cast(_Bare, one).transport for one in plain]
    _, our_far = await _connected(lambda: _listener(numbers, state, sockets), receivers)
    frame = text_frame(b"x" * size)
    envelopes = [Envelope("house", 1, tuple(f"person-{number}" for number in range(receivers)), (), frame)]

    def plainly() -> None:
        for transport in bare:
            transport.write(frame)

    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        found[0].append(await _turn(plainly, plain_far))
        found[1].append(await _turn(lambda: sockets.fan_out(envelopes), our_far))
    return statistics.median(found[0]), statistics.median(found[1])


def main() -> int:
    """Prints the figures; 1 if the budget is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.delivery.fanout", description=__doc__)
    parser.add_argument("--receivers", type=int, default=1000)
    parser.add_argument("--frame-bytes", type=int, default=487)
    asked = parser.parse_args()
    lift_limit()
    bare, ours = uvloop.run(measure(asked.receivers, asked.frame_bytes))
    kept = ours / bare <= BUDGET
    lines = (
        f"{asked.receivers} receivers, frame of {asked.frame_bytes} bytes, TCP, median of {ROUNDS} rounds each",
        f"bare loop   {bare:6.2f} µs of processor time a message",
        f"the hub's   {ours:6.2f} µs of processor time a message",
        f"ratio       {ours / bare:6.2f}   ≤ {BUDGET}   {'kept' if kept else 'NOT KEPT'}",
    )
    sys.stdout.write("\n".join((*lines, "")))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
