from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.clock import SystemClock
from tests.desktop.place import Place, house
from tests.desktop.screen import Screen, screen


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def display() -> AsyncIterator[Screen]:
    """One screen for all these tests."""
    async with screen() as empty:
        yield empty


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One hub for all these tests."""
    folder: Path = tmp_path_factory.mktemp("place")
    async with house(folder, SystemClock().now()) as open_house:
        yield open_house


@pytest_asyncio.fixture(loop_scope="session")
async def cleared(place: Place) -> AsyncIterator[Place]:
    """The hub without an open alarm, before and after."""
    yield place
    await place.clear()
