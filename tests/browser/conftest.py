from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.pushhouse import House, house
from tests.browser.stage import WITHIN, Stage
from tests.browser.stage import theatre as stage_in
from tests.faults.badline import BadLine

expect.set_options(timeout=WITHIN)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One hub and one browser for all these tests."""
    async with stage_in(tmp_path_factory.mktemp("theatre")) as stage:
        yield stage
        assert stage.breaches() == stage.breached, stage.hub.last_words()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pushed_to(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house whose people are reached with the page closed."""
    async with house(tmp_path_factory.mktemp("house")) as place:
        yield place


@pytest_asyncio.fixture(loop_scope="session")
async def stage(theatre: Stage) -> AsyncIterator[Stage]:
    """An empty stage; it is cleared afterwards, and no browser may have complained of a script or of the policy."""
    theatre.complaints.clear()
    theatre.expected.clear()
    yield theatre
    await theatre.clear()
    assert not theatre.complaints, "\n".join(theatre.complaints)


@pytest_asyncio.fixture(loop_scope="session")
async def line(theatre: Stage) -> AsyncIterator[BadLine]:
    """A screen's own way to the hub: the browser's switch for being offline would keep a core busy while it is on."""
    async with BadLine(theatre.hub.port) as line:
        yield line
