import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.clock import ManualClock
from hub.storage.database import Database
from tests.people.solgaarden import MORNING, SITE, opened, set_up


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows, to be copied: making the schema takes longer than most tests."""
    return asyncio.run(_made(tmp_path_factory.mktemp("empty"), ""))


@pytest.fixture
async def database(empty: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(empty, tmp_path / empty.name)
    async with opened(tmp_path) as database:
        yield database


@pytest.fixture(scope="session")
def with_passwords(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a site, whose passwords take long to hash."""
    return asyncio.run(_made(tmp_path_factory.mktemp("site"), SITE))


@pytest.fixture
async def database_with_passwords(with_passwords: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(with_passwords, tmp_path / with_passwords.name)
    async with opened(tmp_path) as database:
        yield database


async def _made(folder: Path, site: str) -> Path:
    async with opened(folder) as database:
        if site:
            await set_up(database, ManualClock(MORNING), site)
    return folder / "hub.db"
