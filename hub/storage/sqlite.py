"""SQLite: one writer whose waiting commands share a commit, and readers that never hold it up.

Each institution's commands wait in a lane of their own, and the lanes get their turns: a busy institution delays no
quiet one by more than a turn.
"""

import asyncio
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any, cast

import aiosqlite
from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.engine import make_url
from sqlalchemy.sql import ClauseElement

from hub.errors import Invalid, Unavailable
from hub.storage import migrate
from hub.storage.database import LARGEST_COMMIT, Action, Command, Database, Of, Reader, Row, T, compiler
from hub.storage.sqlitelog import LONGEST, Log
from hub.storage.sqlitereaders import Readers

# What a lane may have written before the others' turn: enough that an institution in a panic is not held up by the
# disk, which every commit waits for, and so little that its neighbours do not notice.
A_TURN = 4
# An institution, and whether what waits there can wait.
Lane = tuple[str, bool]

_compiled = compiler(dialect())


def _bound(statement: Executable, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    text, names, defaults = _compiled(cast(ClauseElement, statement))
    return text, tuple([values[name] if name in values else defaults[name] for name in names])


class SqliteTransaction:
    """A transaction on a connection of one's own: `async` in form, it never waits, so an action runs through."""

    __slots__ = ("_connection", "facts")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.facts: list[object] = []

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]:
        return self._connection.execute(*_bound(statement, values)).fetchall()

    async def row(self, statement: Executable, **values: Any) -> Row | None:
        return cast(Row | None, self._connection.execute(*_bound(statement, values)).fetchone())

    async def run(self, statement: Executable, **values: Any) -> int:
        return self._connection.execute(*_bound(statement, values)).rowcount

    async def run_many(self, statement: Executable, many: Sequence[Mapping[str, Any]]) -> None:
        if many:
            text, names, defaults = _compiled(cast(ClauseElement, statement))
            table = [tuple([row[name] if name in row else defaults[name] for name in names]) for row in many]
            self._connection.executemany(text, table)

    def announce(self, fact: object) -> None:
        self.facts.append(fact)

    def orders(self, institution: str) -> None:
        """All actions have one order here."""


class _SqliteReader:
    """A reader's own snapshot."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]:
        return cast(Sequence[Row], await self._connection.execute_fetchall(*_bound(statement, values)))

    async def row(self, statement: Executable, **values: Any) -> Row | None:
        return next(iter(await self.rows(statement, **values)), None)


def _run_through(awaitable: Awaitable[T]) -> T:
    """Runs an action to its end here and now; `SqliteTransaction` never suspends, so nothing else may."""
    coroutine = cast("Coroutine[Any, Any, T]", awaitable)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    coroutine.close()
    raise RuntimeError("an action may await nothing but its transaction: do slow work before database.write")


def file_of(url: str) -> Path:
    """The file that a SQLite URL names."""
    name = make_url(url).database
    if not name:
        raise Invalid(f"HUB_DATABASE_URL: {url!r} is not a SQLite file: write sqlite+aiosqlite:///path/to/hub.db")
    return Path(name)


class SqliteDatabase(Database):
    """One file, written by one thread of one process."""

    def __init__(self, path: Path, writer: sqlite3.Connection, readers: Readers) -> None:
        super().__init__()
        self.path = path
        self._connection = writer
        self._readers = readers
        self._loop = asyncio.get_running_loop()
        self._submitted: queue.SimpleQueue[tuple[Lane | None, Command] | None] = queue.SimpleQueue()
        # The writer's own: what it has taken over from the queue and not yet written.
        self._lanes: dict[Lane, deque[Command]] = {}
        # Whose institution was not known yet go before all: what they say when it is must not overtake them.
        self._first: deque[Command] = deque()
        self._ending = False
        self._pressed = 0
        self._closed = False
        self._log = Log(path)
        self._thread = threading.Thread(target=self._write_forever, name="hub-writer", daemon=True)
        self._thread.start()

    @classmethod
    async def open(cls, url: str) -> "SqliteDatabase":
        """Opens the file, making it and its folder if need be."""
        path = file_of(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(migrate.upgrade, path)
        return cls(path, _writer(path), Readers(path))

    def submit(self, action: Action[T], of: Of = None, *, can_wait: bool = False) -> "asyncio.Future[T]":
        """Queues `action` for the writer; whose institution it is is not found out for this."""
        if self._closed:
            raise Unavailable("The hub is stopping: send this again to the hub that takes over.")
        command = Command(action, self._loop.create_future())
        self._submitted.put(((of, can_wait) if isinstance(of, str) else None, command))
        return command.done

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        async with self._readers.lent() as connection:
            yield _SqliteReader(connection)

    async def sweep(self) -> bool:
        """Folds the log into the file and cuts it off; waits for no reader, since writers would wait behind it."""
        return await asyncio.to_thread(self._log.sweep)

    async def close(self) -> None:
        """Commits what waits, then lets go of the file."""
        if self._closed:
            return
        self._closed = True
        self._submitted.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._log.close)
        await self._readers.close()
        self._connection.close()

    def _write_forever(self) -> None:
        while self._some_wait():
            batch = self._commit()
            self._loop.call_soon_threadsafe(self._settle, batch)
            self._log.wrote(len(batch))

    def _some_wait(self) -> bool:
        """Waits until something has been submitted; False in the end."""
        while not self._ending and not (self._first or self._lanes):
            self._take_over(self._submitted.get())
        return bool(self._first or self._lanes)

    def _take_over(self, submitted: tuple[Lane | None, Command] | None) -> None:
        if submitted is None:
            self._ending = True
        else:
            lane, command = submitted
            (self._first if lane is None else self._lanes.setdefault(lane, deque())).append(command)

    def _hurries(self) -> bool:
        """Takes over what has been submitted, and whether any of it cannot wait."""
        while not self._submitted.empty():
            self._take_over(self._submitted.get())
        return bool(self._first) or not all(can_wait for _, can_wait in self._lanes)

    def _turns(self) -> Iterator[Command]:
        """One commit's worth: what cannot wait, and before it as much of what can as the last commit had of the other.

        So one press waits for one message at most, and where hundreds press, what their devices confirm keeps up.
        What can wait goes on for as long as nothing else is there.
        """
        share, self._pressed = self._pressed, 0
        hurries = self._hurries()
        if share or not hurries:
            for count, command in enumerate(self._rounds(can_wait=True), 1):
                yield command
                hurries = self._hurries()
                if hurries and count >= share:
                    break
        if hurries:
            for command in self._rounds(can_wait=False):
                self._pressed += 1
                yield command

    def _rounds(self, *, can_wait: bool) -> Iterator[Command]:
        """A turn of each lane, and again, until one has nothing more to say: it need not wait for the others."""
        over = bool(self._first) and not can_wait
        while over and self._first:
            yield self._first.popleft()
        while lanes := [(name, lane) for name, lane in self._lanes.items() if name[1] is can_wait]:
            for name, lane in lanes:
                for _ in range(min(len(lane), A_TURN)):
                    command = lane.popleft()
                    if not lane:
                        del self._lanes[name]
                        over = True
                    yield command
            if over:
                return
            self._hurries()

    def _commit(self) -> list[Command]:
        execute = self._connection.execute
        batch: list[Command] = []
        try:
            execute("BEGIN IMMEDIATE")
            for command in islice(self._turns(), LARGEST_COMMIT):
                batch.append(command)
                self._attempt(command)
            execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - the writer outlives whatever an action does to it
            if self._connection.in_transaction:
                execute("ROLLBACK")
            for command in batch:
                command.error = _storage_refused(error)
        return batch

    def _attempt(self, command: Command) -> None:
        # A savepoint each: one command's refusal must not undo its neighbours in the shared commit.
        execute = self._connection.execute
        execute("SAVEPOINT command")
        transaction = SqliteTransaction(self._connection)
        try:
            command.result = _run_through(command.action(transaction))
            command.facts = transaction.facts
        except Exception as error:
            # A full disk makes SQLite end the whole transaction by itself: then nobody's work stands.
            if isinstance(error, sqlite3.OperationalError) and not self._connection.in_transaction:
                raise
            command.error = _storage_refused(error) if isinstance(error, sqlite3.OperationalError) else error
            execute("ROLLBACK TO command")
        execute("RELEASE command")


def _storage_refused(error: BaseException) -> Unavailable:
    refusal = Unavailable(
        f"The hub could not write this down ({error}). Nothing was stored: get help another way, "
        "and tell the operator to look at the disk under HUB_DATA."
    )
    refusal.__cause__ = error
    return refusal


def _writer(path: Path) -> sqlite3.Connection:
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=512)
    writer.row_factory = sqlite3.Row
    try:
        writer.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        # Only a new file's very first openers can meet here: SQLite does not wait when it changes the journal's mode.
        writer.close()
        raise migrate.BeingOpened(path, error) from error
    # FULL: an accepted alarm is on the disk, not in the system's cache, before anyone is told that it is.
    writer.execute("PRAGMA synchronous=FULL")
    writer.execute(f"PRAGMA wal_autocheckpoint={LONGEST}")
    # What is deleted is written over, not only let go.
    writer.execute("PRAGMA secure_delete=ON")
    return writer


DATABASE = SqliteDatabase
