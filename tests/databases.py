"""Databases of both kinds for the tests: new ones in a moment, opened, looked at from outside, and gone afterwards."""

import asyncio
import shutil
import signal
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest

from clients.demo.servers import PostgresServer
from hub.storage.database import Database

# What a database holds besides its schema before it is copied for each test.
Fill = Callable[[Database], Awaitable[object]]

KINDS = ("sqlite", "postgres")
# What a test, or all of a module, runs on; without it only on the first.
on_both = pytest.mark.databases(*KINDS)
on_sqlite = pytest.mark.databases("sqlite")


async def nothing(_database: Database) -> None:
    """Fills in nothing: making the schema alone takes longer than most tests."""


class Kind(ABC):
    """One kind of database, and the templates that were made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._templates: dict[Fill, str] = {}

    async def make(self, fill: Fill = nothing) -> str:
        """The URL of a new database that has been filled in."""
        if fill not in self._templates:
            template = await self._bare(f"made{len(self._templates)}")
            database = await Database.open(template)
            await fill(database)
            await database.close()
            self._templates[fill] = template
        return await self._copied(self._templates[fill])

    @asynccontextmanager
    async def opened(self, fill: Fill = nothing) -> AsyncIterator[Database]:
        url = await self.make(fill)
        database = await Database.open(url)
        yield database
        await database.close()
        await self.forget(url)

    @abstractmethod
    async def _bare(self, name: str) -> str:
        """The URL of a database that holds nothing at all."""

    @abstractmethod
    async def _copied(self, template: str) -> str: ...

    @abstractmethod
    async def forget(self, url: str) -> None:
        """Lets go of a database that nobody has open any more."""

    @abstractmethod
    def look(self, url: str, sql: str) -> list[tuple[Any, ...]]:
        """What another process sees, or does."""


class Files(Kind):
    """SQLite: each database is a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._names = count()

    @staticmethod
    def file(url: str) -> Path:
        return Path(url.partition("///")[2])

    async def _bare(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self.folder / name / 'hub.db'}"

    async def _copied(self, template: str) -> str:
        url = await self._bare(f"{next(self._names)}")
        self.file(url).parent.mkdir(parents=True)
        shutil.copyfile(self.file(template), self.file(url))
        return url

    async def forget(self, url: str) -> None:
        shutil.rmtree(self.file(url).parent)

    def look(self, url: str, sql: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.file(url), isolation_level=None)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


class Postgres(Kind):
    """PostgreSQL: one server of the session's own."""

    def __init__(self, folder: Path, server: PostgresServer, home: asyncio.AbstractEventLoop) -> None:
        super().__init__(folder)
        self.server = server
        self._home = home
        self._names = count()

    async def ends_by(self, sign: signal.Signals) -> None:
        """Ends the server; the next test finds it again if this one lets it come back."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.server.ends_by(sign), self._home))

    async def comes_back(self) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.server.start(), self._home))

    async def _bare(self, name: str) -> str:
        await self.does(f"CREATE DATABASE {name}")
        return self.server.url(name)

    async def _copied(self, template: str) -> str:
        name = f"test{next(self._names)}"
        # By its files: what a server without fsync writes to its log besides is for nobody.
        await self.does(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]} STRATEGY FILE_COPY")
        return self.server.url(name)

    async def forget(self, url: str) -> None:
        await self.does(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    async def does(self, sql: str, url: str | None = None) -> list[tuple[Any, ...]]:
        """What another program asks of the server."""
        connection = await asyncpg.connect((url or self.server.url()).replace("+asyncpg", ""))
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    def look(self, url: str, sql: str) -> list[tuple[Any, ...]]:
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(asyncio.run, self.does(sql, url)).result()


@contextmanager
def served(folder: Path) -> Iterator[Postgres]:
    """A server for as long as the block lasts; no power is cut here, so it need not wait for a disk."""
    # Its child lives on a loop of its own, which outlives those of the tests.
    home = asyncio.new_event_loop()
    thread = Thread(target=home.run_forever)
    thread.start()
    server = PostgresServer(folder, fsync=False)
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), home).result()
        yield Postgres(folder, server, home)
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), home).result()
    finally:
        home.call_soon_threadsafe(home.stop)
        thread.join()
        home.close()
