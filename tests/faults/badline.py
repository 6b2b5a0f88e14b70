"""A line that can be hurt: cut, slow, deaf, or a hole into which all that is said falls while it seems to stand."""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clients.demo.proxy import Proxy, Way, said_by
from clients.demo.servers import HOST
from tests.faults.ward_machines import Machines, two_hubs

# Seconds: the least that a machine waits before it sends once more what was lost.
SENT_AGAIN = 0.2
# Closed so, a connection is reset: no goodbye, and what was under way is gone.
_NO_GOODBYE = struct.pack("ii", 1, 0)


@dataclass(eq=False, slots=True)
class _Held:
    """One connection that goes through the line."""

    asker: asyncio.StreamWriter
    answerer: asyncio.StreamWriter
    dead: bool = False

    def reset(self) -> None:
        for writer in (self.asker, self.answerer):
            wire = writer.get_extra_info("socket")
            if wire is not None and wire.fileno() >= 0:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
            writer.transport.abort()


class BadLine(Proxy):
    """Stands between two machines, and is fair until it is told otherwise."""

    def __init__(self, port: int, there: str = HOST, here: str = HOST) -> None:
        super().__init__([(there, port)], here)
        self.delay = 0.0
        """Seconds by which everything is late."""
        self.loss = 0.0
        """How much of what is said is lost at first, and comes when it has been sent again."""
        self.swallows: frozenset[str] = frozenset()
        """Of "asks" and "answers": what vanishes from now on; a connection that lost anything stays dead for good."""
        self.loses_answers = False
        """Whether the next answer is lost with its connection, when what was asked for has been done."""
        self.refuses = False
        """Whether whoever connects anew is turned away."""
        self._held: set[_Held] = set()
        self._dice = random.Random(1)

    def cut(self) -> None:
        """Resets every connection."""
        for held in tuple(self._held):
            held.reset()

    def is_down(self) -> None:
        """Resets every connection, and lets no other come."""
        self.refuses = True
        self.cut()

    def heals(self) -> None:
        """Is fair again to whoever connects anew."""
        self.delay, self.loss, self.swallows, self.loses_answers = 0.0, 0.0, frozenset(), False
        self.refuses = False

    async def _between(self, client: Way, node: Way) -> None:
        if self.refuses:
            node[1].close()
            return
        held = _Held(client[1], node[1])
        self._held.add(held)
        asking = asyncio.create_task(self._pass("asks", client[0], node[1], held))
        try:
            await self._pass("answers", node[0], client[1], held)
        finally:
            asking.cancel()
            node[1].close()
            self._held.discard(held)

    async def _pass(self, way: str, source: asyncio.StreamReader, target: asyncio.StreamWriter, held: _Held) -> None:
        async for said in said_by(source):
            await self._late()
            held.dead = held.dead or way in self.swallows
            if held.dead:
                continue
            if self.loses_answers and way == "answers":
                held.reset()
                return
            try:
                target.write(said)
                await target.drain()
            except OSError:
                return
        if not held.dead:
            with suppress(OSError):
                target.write_eof()

    async def _late(self) -> None:
        late = self.delay
        while self.loss and self._dice.random() < self.loss:
            late += SENT_AGAIN
        if late:
            await asyncio.sleep(late)


Lines = Mapping[str, BadLine]
"""By who goes where: "crowd to hub one", "hub one to redis", "worker to database"."""


@asynccontextmanager
async def wired(folder: Path, now: datetime, presses: int) -> AsyncIterator[tuple[Machines, Lines]]:
    """Two hubs and a worker, every way between them and their servers, and from the crowd to them, over such a line."""
    lines: dict[str, BadLine] = {}
    async with AsyncExitStack() as stack:

        async def through(way: str, port: int) -> str:
            line = lines[way] = await stack.enter_async_context(BadLine(port))
            return f"{line.host}:{line.port}"

        machines = await stack.enter_async_context(two_hubs(folder, now, presses, through))
        yield machines, lines
