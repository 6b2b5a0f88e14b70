import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.storage.database import Database
from tests.storage.notes import url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema without rows, to be copied: making one takes longer than most tests."""

    async def made(path: Path) -> None:
        await (await Database.open(url(path))).close()

    path = tmp_path_factory.mktemp("empty") / "hub.db"
    asyncio.run(made(path))
    return path


@pytest.fixture
async def database(empty_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copyfile(empty_file, tmp_path / "hub.db")
    database = await Database.open(url(tmp_path / "hub.db"))
    yield database
    await database.close()
