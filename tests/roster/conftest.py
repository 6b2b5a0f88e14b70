import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.clock import ManualClock
from hub.storage.database import Database
from tests.people.solgaarden import MORNING, opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows, to be copied: making the schema takes longer than most tests."""
    return asyncio.run(_made(tmp_path_factory.mktemp("empty")))


@pytest.fixture
async def database(empty: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(empty, tmp_path / empty.name)
    async with opened(tmp_path) as database:
        yield database


async def _made(folder: Path) -> Path:
    async with opened(folder):
        return folder / "hub.db"
