"""The database's words: what an action may ask and write, and the one promise that every database keeps."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import Dialect, Executable, MetaData
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from hub.errors import Invalid

metadata = MetaData()

T = TypeVar("T")

# More commands than this in one commit would make the first of them wait for the last.
LARGEST_COMMIT = 128
# Imported when one is opened: a hub need not load the driver of the other.
_KINDS = {
    "sqlite": "hub.storage.sqlite",
    "sqlite+aiosqlite": "hub.storage.sqlite",
    "postgresql": "hub.storage.postgres",
    "postgresql+asyncpg": "hub.storage.postgres",
}


class Row(Protocol):
    """One row of an answer; columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Reader(Protocol):
    """What may be asked of the database."""

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]: ...

    async def row(self, statement: Executable, **values: Any) -> Row | None: ...


class Transaction(Reader, Protocol):
    """One action's work: all of it is written, or none."""

    async def run(self, statement: Executable, **values: Any) -> int: ...

    async def run_many(self, statement: Executable, many: Sequence[Mapping[str, Any]]) -> None: ...

    def announce(self, fact: object) -> None:
        """Hands `fact` to those who listen once, and only if, the commit has returned."""

    def orders(self, institution: str) -> None:
        """Refuses what needs the institution's order, such as its journal, unless the action was submitted in it."""


Action = Callable[[Transaction], Awaitable[T]]
Listener = Callable[[Sequence[object]], None]
# The institution in whose order an action is written, or how to find it out; None for what belongs to none.
Of = str | Callable[[], Awaitable[str]] | None


class Compiled(NamedTuple):
    """A statement in one database's own words, its parameters in their order, and the values that it brings along."""

    text: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]


def compiler(dialect: Dialect) -> Callable[[ClauseElement], Compiled]:
    """Compiles each statement once."""

    @lru_cache(maxsize=1024)
    def compiled(statement: ClauseElement) -> Compiled:
        made = cast(SQLCompiler, statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))
        defaults = {name: bind.effective_value for name, bind in made.binds.items() if not bind.required}
        return Compiled(str(made), tuple(made.positiontup or ()), defaults)

    return compiled


@dataclass(slots=True)
class Command:
    """An action that waits for its transaction, and what became of it."""

    action: Action[Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    facts: list[object] = field(default_factory=list)

    def answer(self) -> None:
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


class Database(ABC):
    """The hub's durable memory: `write` returns when the action is on disk, `read` sees what has been committed."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Opens the database at a SQLAlchemy URL, after bringing its schema up to this program's."""
        kind = url.partition("://")[0]
        if kind not in _KINDS:
            raise Invalid(
                "HUB_DATABASE_URL: this is no database that the hub knows: write sqlite+aiosqlite:///path/to/hub.db "
                "or postgresql+asyncpg://user:password@host/name"
            )
        opened: Database = await import_module(_KINDS[kind]).DATABASE.open(url)
        return opened

    def listen(self, listener: Listener) -> None:
        """Calls `listener` on the event loop with the facts of each commit, before any of its writers is answered."""
        self._listeners.append(listener)

    @abstractmethod
    def submit(self, action: Action[T], of: Of = None, *, can_wait: bool = False) -> "asyncio.Future[T]":
        """Queues `action` for a transaction of its own; the future is done once it is on disk or refused.

        The actions of one institution are written in one order, and announced in it, whatever process they come from.
        """

    async def write(self, action: Action[T], of: Of = None) -> T:
        """Runs `action` in a transaction of its own and returns once it is on disk; its error leaves no trace of it."""
        return await self.submit(action, of)

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[Reader]:
        """One consistent view of what is committed, for as long as the block lasts."""

    async def sweep(self) -> bool:
        """Leaves nothing of what was deleted in files that only grow; False while somebody still reads it there."""
        return True

    @abstractmethod
    async def close(self) -> None:
        """Commits what waits, then lets go."""

    def _settle(self, batch: Sequence[Command]) -> None:
        """Tells the facts of a commit, then answers its writers; on the event loop, in the order of the commits."""
        facts = [fact for command in batch if command.error is None for fact in command.facts]
        try:
            if facts:
                for listener in self._listeners:
                    listener(facts)
        finally:  # a listener's own fault must leave nobody waiting for what is on disk already
            for command in batch:
                if not command.done.done():
                    command.answer()
