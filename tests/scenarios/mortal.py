"""A hub that can be killed at any moment, and come to rest without any time passing."""

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.clock import ManualClock
from hub.storage.database import Action, Database, Of, Reader, T
from hub.storage.postgres import PostgresDatabase
from hub.storage.sqlite import SqliteDatabase

# Turns of the event loop without anything under way, after which nothing more will come of itself.
TURNS = 25


class _Beside(ThreadPoolExecutor):
    """The threads beside the event loop, which also know what they have not finished."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: set[Future[Any]] = set()

    def submit(self, work: Callable[..., T], /, *args: Any, **named: Any) -> Future[T]:
        done = super().submit(work, *args, **named)
        self.under_way.add(done)
        done.add_done_callback(self.under_way.discard)
        return done


class Watched(Database):
    """A database which also knows whether anything is under way in it."""

    def __init__(self, *parts: Any) -> None:
        self._under_way = 0
        self._rests = asyncio.Event()
        self._rests.set()
        super().__init__(*parts)

    def _more(self, change: int) -> None:
        self._under_way += change
        (self._rests.clear if self._under_way else self._rests.set)()

    @property
    def at_rest(self) -> bool:
        return not self._under_way

    async def rests(self) -> None:
        await self._rests.wait()

    def submit(self, action: Action[T], of: Of = None, *, can_wait: bool = False) -> "asyncio.Future[T]":
        done = super().submit(action, of, can_wait=can_wait)  # type: ignore[safe-super]
        self._more(1)
        done.add_done_callback(lambda _: self._more(-1))
        return done

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        self._more(1)
        try:
            async with super().read() as tx:  # type: ignore[safe-super]
                yield tx
        finally:
            self._more(-1)


class WatchedDatabase(Watched, SqliteDatabase):
    """One in a file."""


class WatchedServer(Watched, PostgresDatabase):
    """One on a server."""

    def is_cut_off(self) -> None:
        """Nothing of this hub reaches the server any more."""
        for pool in (self._writers, self._readers):
            pool.terminate()


class MortalHub(ABC):
    """One database and one clock, through all the lives of the hub that runs over them.

    The database is a copy of a file, or that which a URL on a server names.
    """

    database: Watched
    turns = TURNS

    def __init__(self, folder: Path, template: Path | str, at: datetime) -> None:
        self.clock = ManualClock(at)
        self.folder = folder
        self._lives = 0
        self._beside = _Beside()
        self._server = template if isinstance(template, str) else None
        self.file.parent.mkdir(parents=True)
        if isinstance(template, Path):
            shutil.copyfile(template, self.file)

    @property
    def file(self) -> Path:
        """Where this life keeps everything."""
        return self.folder / f"life-{self._lives}" / "hub.db"

    @property
    def url(self) -> str:
        return self._server or f"sqlite+aiosqlite:///{self.file}"

    async def opens_its_database(self) -> None:
        asyncio.get_running_loop().set_default_executor(self._beside)
        kind = WatchedServer if self._server else WatchedDatabase
        database = await kind.open(self.url)
        assert isinstance(database, Watched)
        self.database = database

    @abstractmethod
    async def stops(self) -> None:
        """Lets go of everything; what was on its way is nobody's any more."""

    def under_way(self) -> list["asyncio.Task[Any]"]:
        """What the database does not know of, and which must end before the hub is at rest."""
        return []

    async def is_killed(self) -> None:
        """Everything in memory is gone; the next life finds the database as it lay at that moment."""
        await self.settle()
        if isinstance(self.database, WatchedServer):
            self.database.is_cut_off()
        else:
            self._lies_as_it_is()
        await self.stops()

    def _lies_as_it_is(self) -> None:
        lying = self.file.parent
        self._lives += 1
        # Copied while the hub runs: nothing is folded into the main file that a kill would have left in the log.
        self.file.parent.mkdir()
        for name in ("hub.db", "hub.db-wal"):
            if (lying / name).exists():
                shutil.copyfile(lying / name, self.file.parent / name)

    async def settle(self) -> None:
        """Lets the event loop, the writer and the readers come to rest, without any time passing."""
        calm = 0
        while calm < self.turns:
            await asyncio.sleep(0)
            calm += 1
            own = self.under_way()
            if own:
                calm = 0
                await asyncio.wait(own)
            if beside := [asyncio.wrap_future(work) for work in list(self._beside.under_way)]:
                calm = 0
                await asyncio.gather(*beside, return_exceptions=True)
            if not self.database.at_rest:
                calm = 0
                await self.database.rests()
