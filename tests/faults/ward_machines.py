"""What a ward's alarms run on: one hub over SQLite, or two and a worker over servers; all of it can be killed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from shutil import copytree

from clients.demo.hubchild import HubChild, WorkerChild
from clients.demo.servers import HOST, PostgresServer, Server, ValkeyServer
from loadtests.hubprocess import HubProcess
from tests.faults.evidence import Evidence
from tests.faults.ward import hub_in, quick_in, written

DATABASE = "postgres"


@dataclass(frozen=True)
class Machines:
    """Every process that the ward needs, by name."""

    hubs: Mapping[str, HubProcess]
    servers: Mapping[str, Server | WorkerChild]
    tokens: Mapping[str, str]
    evidence: Callable[[], Awaitable[Evidence]]
    doors: Mapping[str, str]
    """Where the crowd knocks, by hub."""

    @property
    def names(self) -> list[str]:
        """All of them; a hub starts after what it needs."""
        return [*self.servers, *self.hubs]

    def part(self, name: str) -> HubChild | Server:
        return self.hubs[name] if name in self.hubs else self.servers[name]


@asynccontextmanager
async def one_hub(folder: Path, now: datetime, presses: int) -> AsyncIterator[Machines]:
    """A hub over SQLite, set up and not started yet."""
    hub = hub_in(folder)
    tokens = await hub.setup(written(folder, now, presses))

    async def evidence() -> Evidence:
        return Evidence.read(hub.data / "hub.db")

    async with _ending(hub):
        yield Machines({"hub": hub}, {}, tokens, evidence, {"hub": hub.url})


Through = Callable[[str, int], Awaitable[str]]
"""What stands between two machines: given who goes where and the port there, the host and port to go to instead."""


async def straight(_way: str, port: int) -> str:
    return f"{HOST}:{port}"


@asynccontextmanager
async def two_hubs(
    folder: Path,
    now: datetime,
    presses: int,
    through: Through = straight,
    made: Callable[[Path, Mapping[str, str]], HubProcess] = hub_in,
) -> AsyncIterator[Machines]:
    """Two hubs, not started yet; the rest runs already, and the database waits for its disk, as it would for real."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(PostgresServer(folder / "postgres"))
        valkey = await stack.enter_async_context(ValkeyServer(folder / "valkey"))

        async def settings(of: str) -> dict[str, str]:
            urls = {"database": (postgres.url(), postgres.port), "redis": (valkey.url, valkey.port)}
            return {
                f"HUB_{what.upper()}_URL": url.replace(f"{HOST}:{port}", await through(f"{of} to {what}", port))
                for what, (url, port) in urls.items()
            }

        one, two = [made(folder / name, await settings(f"hub {name}")) for name in ("one", "two")]
        tokens = await one.setup(written(folder, now, presses))
        await one.command("keys")
        worker = WorkerChild(folder / "worker", settings={**quick_in(folder), **await settings("worker")})
        for other in (two, worker):
            # All hubs and workers of a cluster seal with the same key.
            copytree(one.data / "keys", other.data / "keys")
        await stack.enter_async_context(_ending(one, two, worker))
        await worker.start()
        hubs = {"hub one": one, "hub two": two}
        doors = {name: f"http://{await through(f'crowd to {name}', hub.port)}" for name, hub in hubs.items()}
        servers: dict[str, Server | WorkerChild] = {DATABASE: postgres, "valkey": valkey, "worker": worker}
        yield Machines(hubs, servers, tokens, partial(Evidence.asked, postgres.url()), doors)


@asynccontextmanager
async def _ending(*hubs: HubChild) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for hub in hubs:
            await hub.kill()
