import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from loadtests.hubprocess import HubProcess
from tests.contracts.standins import Gateway
from tests.web.planting import settings
from tests.web.served import MOON, SUN, Served, written


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway() -> AsyncIterator[Gateway]:
    """What takes the hub's text messages."""
    taking = Gateway()
    async with taking.listening():
        yield taking


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory, gateway: Gateway) -> AsyncIterator[Served]:
    """One hub for all the tests that speak to a real one; each test raises alarms of its own."""
    folder = tmp_path_factory.mktemp("served")
    hub = HubProcess(folder / "data", settings=settings(folder, gateway))
    tokens: dict[str, str] = {}
    for institution in (SUN, MOON):
        await hub.command(
            "setup", str(written(folder, datetime.now(UTC), institution)), "--tokens", str(folder / institution)
        )
        tokens |= json.loads((folder / institution).read_text(encoding="utf-8"))
    async with hub:
        yield Served(hub, tokens, folder)
    assert await hub.ended() == 0, hub.last_words()
    log = hub.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log
