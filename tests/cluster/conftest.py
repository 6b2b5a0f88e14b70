import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from shutil import copytree

import pytest
import pytest_asyncio

from clients.demo.servers import ValkeyServer
from loadtests.hubprocess import HubProcess
from tests.cluster.ward import Ward, ward_in
from tests.databases import Postgres
from tests.web.served import Served, written


@dataclass(frozen=True, slots=True)
class Cluster:
    """Two hubs over one PostgreSQL and one Valkey."""

    valkey: ValkeyServer
    one: Served
    two: Served


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ValkeyServer]:
    async with ValkeyServer(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, valkey: ValkeyServer
) -> AsyncIterator[Cluster]:
    folder, url = tmp_path_factory.mktemp("cluster"), await postgres.make()
    settings = {"HUB_DATABASE_URL": url, "HUB_REDIS_URL": valkey.url}
    one = HubProcess(folder / "one", settings=settings)
    site = written(folder, datetime.now(UTC))
    await one.command("setup", str(site), "--tokens", str(folder / "tokens"))
    tokens = json.loads((folder / "tokens").read_text(encoding="utf-8"))
    await one.command("keys")
    # All hubs of a cluster seal with the same key.
    copytree(one.data / "keys", folder / "two" / "keys")
    two = HubProcess(folder / "two", settings=settings)
    async with one, two:
        yield Cluster(valkey, Served(one, tokens, folder), Served(two, tokens, folder))
    for hub in (one, two):
        assert await hub.ended() == 0, hub.last_words()
        log = hub.log.read_text(encoding="utf-8")
        assert "Traceback" not in log, log
    await postgres.forget(url)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ward(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, valkey: ValkeyServer
) -> AsyncIterator[Ward]:
    url = await postgres.make()
    async with ward_in(tmp_path_factory.mktemp("ward"), url, valkey) as ward:
        yield ward
    await postgres.forget(url)
