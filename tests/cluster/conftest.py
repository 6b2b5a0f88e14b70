import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from shutil import copytree

import pytest
import pytest_asyncio

from clients.demo.servers import PostgresServer, ValkeyServer
from loadtests.hubprocess import HubProcess
from tests.web.served import Served, written


@dataclass(frozen=True, slots=True)
class Cluster:
    """Two hubs over one PostgreSQL and one Valkey."""

    postgres: PostgresServer
    valkey: ValkeyServer
    one: Served
    two: Served


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(PostgresServer(folder / "pg", fsync=False))
        valkey = await stack.enter_async_context(ValkeyServer(folder / "valkey"))
        settings = {"HUB_DATABASE_URL": postgres.url(), "HUB_REDIS_URL": valkey.url}
        one = HubProcess(folder / "one", settings=settings)
        site = written(folder, datetime.now(UTC))
        await one.command("setup", str(site), "--tokens", str(folder / "tokens"))
        tokens = json.loads((folder / "tokens").read_text(encoding="utf-8"))
        await one.command("keys")
        # All hubs of a cluster seal with the same key.
        copytree(folder / "one" / "keys", folder / "two" / "keys")
        two = HubProcess(folder / "two", settings=settings)
        async with one, two:
            yield Cluster(postgres, valkey, Served(one, tokens, folder), Served(two, tokens, folder))
        for hub in (one, two):
            assert await hub.ended() == 0, hub.last_words()
            log = hub.log.read_text(encoding="utf-8")
            assert "Traceback" not in log, log
