"""Starts the searches for plans that are asked for on a page, and sees them end."""

import asyncio
import os
import sys
from functools import partial
from importlib.util import find_spec

import structlog

from hub.planning import runstore
from hub.planning.runstore import Run, State
from hub.settings import Settings
from hub.storage.database import Database, Transaction

_log = structlog.get_logger("hub.planning")


def is_installed() -> bool:
    """Whether this machine can plan at all: OR-Tools is an extra."""
    return find_spec("ortools") is not None


class Planner:
    """One process for each search, ended with the hub."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._asked: asyncio.Queue[Run] = asyncio.Queue()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                run = await self._asked.get()
                group.create_task(self._search(run), name=f"plan {run.id}")

    def begin(self, run: Run) -> None:
        """Starts the search for what was written down."""
        self._asked.put_nowait(run)

    async def settled(self) -> None:
        """Waits for the searches that have begun."""
        await self._asked.join()

    async def _search(self, run: Run) -> None:
        try:
            await self._searched(run)
        finally:
            self._asked.task_done()

    async def _searched(self, run: Run) -> None:
        known = {"HUB_DATA": str(self._settings.data), "HUB_DATABASE_URL": self._settings.database_url}
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hub.planning.search", run.institution, run.id),
            env={**os.environ, **known},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            why = said[-2000:].decode("utf-8", "replace")
            _log.error("a search for a plan fell", plan=run.id, code=child.returncode, said=why)
        # Says nothing where the search itself has said how it ended.
        await self._database.write(partial(_failed, run=run), of=run.institution)


async def _failed(tx: Transaction, run: Run) -> None:
    await runstore.end(tx, run.institution, run.id, State.FAILED, {})
