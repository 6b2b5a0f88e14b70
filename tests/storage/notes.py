"""A table of notes, for trying the writer with."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, bindparam, insert, select, update

from hub.storage.database import Action, Reader, Transaction
from hub.storage.sqlite import SqliteDatabase

note = Table("note", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary))
ADD = insert(note)
ALL = select(note.c.id).order_by(note.c.id)
CHANGE = update(note).where(note.c.id == bindparam("which")).values(body=bindparam("to"))


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def on_disk(path: Path) -> list[int]:
    """What another process sees."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM note ORDER BY id")]
    finally:
        connection.close()


def make_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB)")
    connection.close()


def adding(number: int, size: int = 1) -> Action[int]:
    """Writes one note, and announces it."""

    async def action(tx: Transaction) -> int:
        await tx.run(ADD, id=number, body=bytes(size))
        tx.announce(number)
        return number

    return action


async def ids(tx: Reader) -> list[int]:
    return [row["id"] for row in await tx.rows(ALL)]


@contextmanager
def commits(database: SqliteDatabase) -> Iterator[list[str]]:
    """The commits and rollbacks that the writer does meanwhile."""
    seen: list[str] = []

    def trace(statement: str) -> None:
        if statement in ("COMMIT", "ROLLBACK"):
            seen.append(statement)

    database._connection.set_trace_callback(trace)
    yield seen
    database._connection.set_trace_callback(None)


@asynccontextmanager
async def busy(database: SqliteDatabase) -> AsyncIterator[None]:
    """Keeps the writer at work on one command, so that all that is submitted meanwhile waits together."""
    begun, over = threading.Event(), threading.Event()

    async def hold(_tx: Transaction) -> None:
        begun.set()
        over.wait()

    held = database.submit(hold)
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        over.set()
        await held
