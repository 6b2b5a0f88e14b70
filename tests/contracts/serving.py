"""A server on loopback that behaves well or badly, as a test asks: what the stand-ins of all services share."""

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import Any

# In every answer that is no success: none of it may ever reach an error's text.
SECRET = "the-body-is-secret"


class Mood(Enum):
    HONEST = auto()
    """Takes what the real service would take, refuses what it would refuse."""
    REFUSES = auto()
    LATER = auto()
    """Too busy: come back after RETRY_AFTER seconds."""
    SILENT = auto()
    """Accepts the connection and never says a word."""
    DROPS = auto()
    """Breaks the connection once it has the request."""
    GARBAGE = auto()
    """Takes it, and answers with what nobody can read."""
    NONSENSE = auto()
    """Does not speak the protocol at all."""
    HUGE = auto()
    """Takes it, and does not stop talking."""


RETRY_AFTER = 17
HUGE_BYTES = 8 * 1024 * 1024


class StandIn(ABC):
    """Listens on a port of its own; counts who connects, and keeps what it would have taken and why it would not."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.mood = Mood.HONEST
        self.port = 0
        self.connections = 0
        self.taken: list[Any] = []
        self.objections: list[str] = []
        self.told = 0
        """How many bytes of a huge answer went out before the other end had enough."""
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talks with one who has connected."""

    async def talk_on(self, writer: asyncio.StreamWriter) -> None:
        """Sends until there is no more, or the other end hangs up."""
        piece = b"x" * 65536
        while self.told < HUGE_BYTES:
            writer.write(piece)
            await writer.drain()
            self.told += len(piece)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self.converse(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._conversations.discard(task)
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["StandIn"]:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self._tls, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            await self.hang_up()

    async def hang_up(self) -> None:
        """Ends every conversation, and listens no more."""
        assert self._server is not None
        self._server.close()
        going_on = list(self._conversations)
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)


async def never() -> None:
    """Waits until the test is over."""
    await asyncio.get_running_loop().create_future()
