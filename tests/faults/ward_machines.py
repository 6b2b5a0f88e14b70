"""What a ward's alarms run on: one hub over SQLite, or two over PostgreSQL and Valkey; all of it can be killed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from shutil import copytree

from clients.demo.servers import PostgresServer, Server, ValkeyServer
from loadtests.hubprocess import HubProcess
from tests.faults.evidence import Evidence
from tests.faults.ward import hub_in, written

DATABASE = "postgres"


@dataclass(frozen=True)
class Machines:
    """Every process that the ward needs, by name."""

    hubs: Mapping[str, HubProcess]
    servers: Mapping[str, Server]
    tokens: Mapping[str, str]
    evidence: Callable[[], Awaitable[Evidence]]

    @property
    def names(self) -> list[str]:
        """All of them; a hub starts after what it needs."""
        return [*self.servers, *self.hubs]

    def part(self, name: str) -> HubProcess | Server:
        return self.hubs[name] if name in self.hubs else self.servers[name]


@asynccontextmanager
async def one_hub(folder: Path, now: datetime, presses: int) -> AsyncIterator[Machines]:
    """A hub over SQLite, set up and not started yet."""
    hub = hub_in(folder)
    tokens = await hub.setup(written(folder, now, presses))

    async def evidence() -> Evidence:
        return Evidence.read(hub.data / "hub.db")

    async with _ending(hub):
        yield Machines({"hub": hub}, {}, tokens, evidence)


@asynccontextmanager
async def two_hubs(folder: Path, now: datetime, presses: int) -> AsyncIterator[Machines]:
    """Two hubs, not started yet, over servers that run; the database waits for its disk, as it would for real."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(PostgresServer(folder / "postgres"))
        valkey = await stack.enter_async_context(ValkeyServer(folder / "valkey"))
        settings = {"HUB_DATABASE_URL": postgres.url(), "HUB_REDIS_URL": valkey.url}
        one, two = (hub_in(folder / name, settings) for name in ("one", "two"))
        tokens = await one.setup(written(folder, now, presses))
        await one.command("keys")
        # All hubs of a cluster seal with the same key.
        copytree(one.data / "keys", two.data / "keys")
        await stack.enter_async_context(_ending(one, two))
        evidence = partial(Evidence.asked, postgres.url())
        yield Machines({"hub one": one, "hub two": two}, {DATABASE: postgres, "valkey": valkey}, tokens, evidence)


@asynccontextmanager
async def _ending(*hubs: HubProcess) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for hub in hubs:
            await hub.kill()
