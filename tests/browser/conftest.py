from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from clients.demo.hubchild import HubChild
from hub.clock import SystemClock
from tests.browser.pushhouse import House, house
from tests.browser.stage import ARGUMENTS, CHROMIUM, RULES, WITHIN, Stage, site

expect.set_options(timeout=WITHIN)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One hub and one browser for all these tests."""
    folder: Path = tmp_path_factory.mktemp("theatre")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    (folder / "site.toml").write_text(site(SystemClock().now()), encoding="utf-8")
    hub = HubChild(folder / "data")
    await hub.setup(folder / "site.toml")
    async with hub, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Stage(hub, browser)
        await browser.close()


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
