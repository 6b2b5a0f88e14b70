"""A table of notes in a database of either kind, for trying its writer with."""

import asyncio
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, bindparam, insert, select, update

from hub.storage import postgres, sqlite
from hub.storage.database import LARGEST_COMMIT, Action, Database, Reader, T, Transaction
from tests.databases import Kind, Postgres

note = Table("note", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary))
ADD = insert(note)
ALL = select(note.c.id).order_by(note.c.id)
CHANGE = update(note).where(note.c.id == bindparam("which")).values(body=bindparam("to"))
# The institution whose notes they are.
HERE = "solgaarden"


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def adding(number: int, size: int = 1) -> Action[int]:
    """Writes one note, and announces it."""

    async def action(tx: Transaction) -> int:
        await tx.run(ADD, id=number, body=bytes(size))
        tx.announce(number)
        return number

    return action


async def ids(tx: Reader) -> list[int]:
    return [row["id"] for row in await tx.rows(ALL)]


class Notes(ABC):
    """A database with the table, and how its writer is kept at work and looked at."""

    largest: int
    clash: type[Exception]
    table: str
    replies = "CREATE TABLE reply (id integer PRIMARY KEY, note integer REFERENCES note DEFERRABLE INITIALLY DEFERRED)"

    def __init__(self, kind: Kind, address: str, database: Database) -> None:
        self.kind, self.url, self.database = kind, address, database

    def submit(self, action: Action[T], *, can_wait: bool = False) -> "asyncio.Future[T]":
        return self.database.submit(action, of=HERE, can_wait=can_wait)

    async def write(self, action: Action[T]) -> T:
        return await self.submit(action)

    def on_disk(self) -> list[int]:
        """What another process sees."""
        return [row[0] for row in self.kind.look(self.url, "SELECT id FROM note ORDER BY id")]

    @abstractmethod
    def has_replies(self) -> None:
        """A table whose rows are looked at only when the commit comes: each must be to a note that is there."""

    @abstractmethod
    def commits(self) -> AbstractContextManager[Callable[[], int]]:
        """How many commits the notes were written in that were submitted during the one `busy` of the block."""

    @abstractmethod
    def busy(self) -> AbstractAsyncContextManager[None]:
        """Keeps the writer at work on one command, so that all that is submitted meanwhile waits together."""


class SqliteNotes(Notes):
    largest = LARGEST_COMMIT
    clash = sqlite3.IntegrityError
    database: sqlite.SqliteDatabase
    table = "CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB)"

    def has_replies(self) -> None:
        self.database._connection.executescript(f"PRAGMA foreign_keys=ON; {self.replies}")

    @contextmanager
    def commits(self) -> Iterator[Callable[[], int]]:
        seen: list[str] = []
        self.database._connection.set_trace_callback(seen.append)
        # One of them is that of the command which the writer was busy with.
        yield lambda: seen.count("COMMIT") - 1
        self.database._connection.set_trace_callback(None)

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        begun, over = threading.Event(), threading.Event()

        async def hold(_tx: Transaction) -> None:
            begun.set()
            over.wait()

        held = self.submit(hold)
        await asyncio.to_thread(begun.wait)
        try:
            yield
        finally:
            over.set()
            await held


class PostgresNotes(Notes):
    kind: Postgres
    largest = postgres.LARGEST_COMMIT
    clash = asyncpg.IntegrityConstraintViolationError
    database: postgres.PostgresDatabase
    table = "CREATE TABLE note (id integer PRIMARY KEY, body bytea, written xid8 DEFAULT pg_current_xact_id())"

    def has_replies(self) -> None:
        self.kind.look(self.url, self.replies)

    @contextmanager
    def commits(self) -> Iterator[Callable[[], int]]:
        yield lambda: int(self.kind.look(self.url, "SELECT count(DISTINCT written) FROM note")[0][0])

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        async with another_hub_writes(self.url):
            held = self.submit(ids)
            await waits_for_its_turn(self.url)
            yield
        # Whatever was submitted meanwhile is in the same commit, and may take it down.
        await asyncio.gather(held, return_exceptions=True)


@asynccontextmanager
async def another_hub_writes(address: str, of: str = HERE) -> AsyncIterator[asyncpg.Connection]:
    """Another hub is in the middle of writing for the same institution."""
    other = await asyncpg.connect(address.replace("+asyncpg", ""))
    await other.execute(f"BEGIN; SELECT pg_advisory_xact_lock({postgres.lock_of(of)})")
    try:
        yield other
    finally:
        if not other.is_closed():
            await other.execute("COMMIT")
            await other.close()


async def waits_for_its_turn(address: str) -> None:
    looking = await asyncpg.connect(address.replace("+asyncpg", ""))
    while not await looking.fetchval(  # noqa: ASYNC110 - only the server knows
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    ):
        await asyncio.sleep(0.001)
    await looking.close()


@asynccontextmanager
async def noted(kind: Kind) -> AsyncIterator[Notes]:
    """A database of this kind with no note in it."""
    address = await kind.make()
    database = await Database.open(address)
    made = SqliteNotes if isinstance(database, sqlite.SqliteDatabase) else PostgresNotes
    kind.look(address, made.table)
    yield made(kind, address, database)
    await database.close()
    await kind.forget(address)
