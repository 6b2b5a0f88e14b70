"""The hub's database with its readers on the test's own thread: the same file, statements, snapshots and commits.

A simulated clock does not see what a reader's thread costs, and a year has some hundred thousand reads.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Executable

from hub.storage.database import Reader, Row
from hub.storage.sqlite import _bound
from tests.scenarios.mortal import WatchedDatabase


class _Snapshot:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]:
        return self._connection.execute(*_bound(statement, values)).fetchall()

    async def row(self, statement: Executable, **values: Any) -> Row | None:
        row: Row | None = self._connection.execute(*_bound(statement, values)).fetchone()
        return row


class QuickDatabase(WatchedDatabase):
    """One connection a reader, kept for the next one."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._free: list[sqlite3.Connection] = []

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        connection = self._free.pop() if self._free else self._connect()
        connection.execute("BEGIN")
        self._more(1)
        try:
            yield _Snapshot(connection)
        finally:
            connection.execute("ROLLBACK")
            self._free.append(connection)
            self._more(-1)

    async def close(self) -> None:
        for connection in self._free:
            connection.close()
        await super().close()

    def asked(self, question: str, *values: object) -> list[sqlite3.Row]:
        """What the file itself says, past all of the hub's own code."""
        connection = self._free[-1] if self._free else self._connect()
        rows = connection.execute(question, values).fetchall()
        if not self._free:
            self._free.append(connection)
        return rows

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only=ON")
        return connection
