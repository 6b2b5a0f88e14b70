"""PostgreSQL: any number of hubs over one server; each institution's actions are written in one order by all of them.

Within a process, an institution's commands form a lane: those that wait together share a transaction, which begins by
taking the institution's lock. Lanes do not wait for each other, so a busy institution delays no quiet one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from math import ceil
from typing import Any, cast
from weakref import WeakSet

from asyncpg import InterfaceError
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement

from hub.errors import Unavailable
from hub.storage import migrate
from hub.storage.database import Action, Command, Database, Of, Reader, Row, T, compiler
from hub.storage.pglink import PATIENCE, SILENCE, DatabaseFailed, Link, Links, address, asked, connect, failed, links

WRITERS = 10
READERS = 10
# Fewer than on SQLite: each statement is a journey of its own, and other hubs wait for the same institution.
LARGEST_COMMIT = 32
# Of what can wait, an eighth of it in a commit: mostly one, since another hub's press may wait for it.
A_PART = 8


@compiles(OnConflictDoNothing, "postgresql")
@compiles(OnConflictDoUpdate, "postgresql")
def _on_conflict(clause: Any, compiler: Any, **how: Any) -> str:
    # SQLite took these words from PostgreSQL, all but naming a constraint: so the stores write them once, in SQLite's.
    clause.constraint_target = None
    written: str = getattr(compiler, f"visit_{clause.__visit_name__}")(clause, **how)
    return written


_compiled = compiler(dialect())  # type: ignore[no-untyped-call]


def _bound(statement: Executable, values: Mapping[str, Any]) -> tuple[Any, ...]:
    text, names, defaults = _compiled(cast(ClauseElement, statement))
    return (text, *[values[name] if name in values else defaults[name] for name in names])


@dataclass(slots=True)
class _Lane:
    """What waits to be written of one institution."""

    next: deque[Command] = field(default_factory=deque)
    later: deque[Command] = field(default_factory=deque)
    pressed: int = 0

    def turns(self) -> Iterator[Command]:
        """One commit's worth: what cannot wait, and before it no more of what can than the last had presses."""
        share, self.pressed = self.pressed, 0
        if share or not self.next:
            most = min(max(share, ceil(len(self.later) / A_PART)), len(self.later), LARGEST_COMMIT)
            for count in range(1, most + 1):
                yield self.later.popleft()
                if self.next and count >= share:
                    break
        for _ in range(min(len(self.next), LARGEST_COMMIT)):
            self.pressed += 1
            yield self.next.popleft()


class PostgresReader:
    """What is asked over one connection."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]:
        return cast(Sequence[Row], await asked(self._link.fetch, *_bound(statement, values)))

    async def row(self, statement: Executable, **values: Any) -> Row | None:
        return cast(Row | None, await asked(self._link.fetchrow, *_bound(statement, values)))


class _PostgresTransaction(PostgresReader):
    """What one action asks and writes."""

    def __init__(self, link: Link, of: str | None) -> None:
        super().__init__(link)
        self._of = of
        self.facts: list[object] = []

    async def run(self, statement: Executable, **values: Any) -> int:
        # The server tells what it did in words: "INSERT 0 1", "UPDATE 3".
        done = (await asked(self._link.execute, *_bound(statement, values))).rpartition(" ")[2]
        return int(done) if done.isdigit() else 0

    async def run_many(self, statement: Executable, many: Sequence[Mapping[str, Any]]) -> None:
        if many:
            text, names, defaults = _compiled(cast(ClauseElement, statement))
            table = [[row[name] if name in row else defaults[name] for name in names] for row in many]
            await asked(self._link.executemany, text, table)

    def announce(self, fact: object) -> None:
        self.facts.append(fact)

    def orders(self, institution: str) -> None:
        if institution != self._of:
            raise RuntimeError(
                f"an action that writes {institution}'s journal must be submitted with of={institution!r}"
            )


class PostgresDatabase(Database):
    """A server's database, which other processes read and write as well."""

    def __init__(self, writers: Links, readers: Links, known: WeakSet[Link]) -> None:
        super().__init__()
        self._writers = writers
        self._readers = readers
        self._known = known
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @classmethod
    async def open(cls, url: str) -> "PostgresDatabase":
        """Brings the database's schema up to this program's; connections to work with are made as they are needed."""
        if await _revision(url) != migrate.newest():
            await migrate.upgrade_server(address(url), partial(connect, url))
        read_only = {"default_transaction_isolation": "repeatable read", "default_transaction_read_only": "on"}
        known = WeakSet[Link]()
        return cls(await links(url, WRITERS, known.add), await links(url, READERS, known.add, **read_only), known)

    def submit(self, action: Action[T], of: Of = None, *, can_wait: bool = False) -> "asyncio.Future[T]":
        """Queues `action` in its institution's lane; one that belongs to none begins at once, beside all others."""
        if self._closed:
            raise Unavailable("The hub is stopping: send this again to the hub that takes over.")
        command = Command(action, self._loop.create_future())
        if isinstance(of, str):
            self._queue(command, of, can_wait)
        else:
            self._start(self._alone(command) if of is None else self._find(command, of, can_wait))
        return command.done

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """One consistent view of what is committed, for as long as the block lasts."""
        async with self._lent(self._readers) as link:
            await asked(link.execute, "BEGIN", timeout=SILENCE)
            try:
                yield PostgresReader(link)
            except DatabaseFailed:
                raise
            except Exception:
                await asked(link.execute, "ROLLBACK")
                raise
            await asked(link.execute, "COMMIT")

    async def close(self) -> None:
        """Commits what waits, then lets go of the server."""
        self._closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        for pool in (self._writers, self._readers):
            with suppress(TimeoutError):
                await asyncio.wait_for(pool.close(), PATIENCE)

    @asynccontextmanager
    async def _lent(self, pool: Links) -> AsyncIterator[Link]:
        """A connection; one that was left in the middle of something is not used again."""
        link = await asked(pool.acquire, timeout=PATIENCE)
        try:
            yield link
        except BaseException as error:
            if isinstance(error.__cause__, TimeoutError):
                # What swallowed this one's words swallowed the others' too: nobody need find out about each by waiting.
                for other in tuple(self._known):
                    other.terminate()
            with suppress(InterfaceError):  # lost, and the pool has taken it back already
                if isinstance(error, DatabaseFailed) or not isinstance(error, Exception) or link.is_in_transaction():
                    link.terminate()
            raise
        finally:
            await pool.release(link)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _queue(self, command: Command, of: str, can_wait: bool) -> None:
        lane = self._lanes.get(of)
        if lane is None:
            lane = self._lanes[of] = _Lane()
            self._start(self._drive(of, lane))
        (lane.later if can_wait else lane.next).append(command)

    async def _find(self, command: Command, of: Callable[[], Awaitable[str]], can_wait: bool) -> None:
        try:
            self._queue(command, await of(), can_wait)
        except Exception as error:  # noqa: BLE001 - whoever submitted it is told
            command.error = error
            self._settle([command])

    async def _alone(self, command: Command) -> None:
        await self._commit(iter([command]), None)

    async def _drive(self, of: str, lane: _Lane) -> None:
        """Writes an institution's commands down until none waits."""
        try:
            while lane.next or lane.later:
                await self._commit(lane.turns(), of)
        finally:
            del self._lanes[of]

    async def _commit(self, turns: Iterator[Command], of: str | None) -> None:
        batch: list[Command] = []
        try:
            async with self._lent(self._writers) as link:
                await _write(link, turns, batch, of)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the lane goes on
            refusal = error if isinstance(error, DatabaseFailed) else failed(error)
            batch += turns
            for command in batch:
                command.error = refusal
        # Called, not done here: a listener's own fault is the event loop's to report, and the lane goes on.
        self._loop.call_soon(self._settle, batch)


async def _revision(url: str) -> str | None:
    """The schema's revision, as Alembic keeps it; None in an empty database."""
    link = await connect(url)
    try:
        if await asked(link.fetchval, "SELECT to_regclass('alembic_version')") is None:
            return None
        return cast(str, await asked(link.fetchval, "SELECT version_num FROM alembic_version"))
    finally:
        await link.close()


async def _write(link: Link, turns: Iterable[Command], batch: list[Command], of: str | None) -> None:
    """One transaction: each command stands or falls by itself, and all that stand are on disk when it returns."""
    lock = f"SELECT pg_advisory_xact_lock({lock_of(of)});" if of is not None else ""
    # A savepoint each: one command's refusal must not undo its neighbours in the shared commit.
    await asked(link.execute, f"BEGIN; {lock} SAVEPOINT command")
    stands = True
    for command in turns:
        if batch:
            await asked(link.execute, "RELEASE command; SAVEPOINT command" if stands else "ROLLBACK TO command")
        batch.append(command)
        stands = await _attempt(link, command, of)
    try:
        done = await link.execute("COMMIT" if stands else "ROLLBACK TO command; COMMIT")
    except BaseException as error:
        if getattr(error, "severity_en", None) == "ERROR":
            raise failed(error) from error
        raise failed(
            error, "Nobody knows whether it was stored: send it again, get help another way meanwhile"
        ) from error
    if done != "COMMIT":
        raise failed(RuntimeError("an action went on after the database had refused a part of it"))


async def _attempt(link: Link, command: Command, of: str | None) -> bool:
    transaction = _PostgresTransaction(link, of)
    try:
        command.result = await command.action(transaction)
        command.facts = transaction.facts
    except DatabaseFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whoever submitted it is told
        command.error = error
    return command.error is None


def lock_of(institution: str) -> int:
    """The number that all hubs lock an institution's order by."""
    return int.from_bytes(sha256(f"institution {institution}".encode()).digest()[:8], signed=True)


DATABASE = PostgresDatabase
