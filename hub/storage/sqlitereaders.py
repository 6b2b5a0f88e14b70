"""The connections that read a SQLite file: each a thread, lent to one reader at a time, in the order they asked."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

# More of them would only wait for each other: it is one processor that makes objects of their rows.
MOST = 8


class Readers:
    """Opens a connection when none is free, and keeps it; where that would be too many, who asks waits in line.

    However many ask at once, as when a hub comes back to thousands of devices, each has its turn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places = asyncio.Semaphore(MOST)
        self._open: list[aiosqlite.Connection] = []
        self._idle: list[aiosqlite.Connection] = []

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection in a transaction of its own: all that is asked there is of one moment."""
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._opened()
            try:
                await connection.execute_fetchall("BEGIN")
                yield connection
            finally:
                over = asyncio.ensure_future(connection.rollback())
                # Not before its transaction is over, even if we are not let to wait for that.
                over.add_done_callback(lambda _: self._idle.append(connection))
                await asyncio.shield(over)

    async def close(self) -> None:
        """Lets go of the file; nobody reads any more."""
        for connection in self._open:
            await connection.close()
        self._open.clear()

    async def _opened(self) -> aiosqlite.Connection:
        opening = aiosqlite.connect(self._path, isolation_level=None, cached_statements=512)
        self._open.append(opening)
        connection = await opening
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall("PRAGMA query_only=ON")
        return connection
