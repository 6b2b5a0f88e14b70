"""What a load is put on: one hub over SQLite, or any number of them over PostgreSQL and Valkey."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

from clients.demo.servers import PostgresServer, ValkeyServer

from .hubprocess import HubProcess, cpu_ns
from .site import BigSite
from .swarm import LightClient, Swarm

DATABASES = ("sqlite", "postgres")


@dataclass(frozen=True, slots=True)
class Nodes:
    """The hubs, ready, and the tokens of each site's devices, in the sites' order."""

    hubs: Sequence[HubProcess]
    tokens: Sequence[dict[str, str]]
    servers: Sequence[int] = ()
    """The servers' process ids."""

    @property
    def urls(self) -> list[str]:
        return [hub.url for hub in self.hubs]

    def hubs_ns(self) -> int:
        """Processor time that the hubs have used so far."""
        return sum(hub.cpu_ns() for hub in self.hubs)

    def servers_ns(self) -> int:
        """Processor time that the database and Valkey have used so far, with a process for each connection."""
        total = 0
        for pid in [pid for server in self.servers for pid in (server, *_children(server))]:
            with suppress(FileNotFoundError):  # one of the database's helpers that has just ended
                total += cpu_ns(pid)
        return total


@asynccontextmanager
async def serving(
    folder: Path, sites: Sequence[BigSite], *, nodes: int = 1, database: str = "sqlite", cores: Collection[int] = ()
) -> AsyncIterator[Nodes]:
    """Sets the sites up in the folder and starts the hubs and what they need."""
    async with AsyncExitStack() as stack:
        settings: dict[str, str] = {}
        servers: list[int] = []
        if database == "postgres":
            postgres = await stack.enter_async_context(PostgresServer(folder / "postgres"))
            valkey = await stack.enter_async_context(ValkeyServer(folder / "valkey"))
            settings = {"HUB_DATABASE_URL": postgres.url(), "HUB_REDIS_URL": valkey.url}
            servers = [postgres.pid, valkey.pid]
        first, *others = [
            HubProcess(folder / f"hub-{number + 1}", settings=settings, cores=cores) for number in range(nodes)
        ]
        now = datetime.now(UTC)
        tokens = [await first.setup(site.write(first.data, now)) for site in sites]
        if others:
            await first.command("keys")
        for other in others:
            # Whoever shares a database seals with the same key.
            copytree(first.data / "keys", other.data / "keys")
        for hub in (first, *others):
            await stack.enter_async_context(hub)
        yield Nodes([first, *others], tokens, servers)


@asynccontextmanager
async def over_all(urls: Sequence[str]) -> AsyncIterator[Callable[[Sequence[str]], Awaitable[list[LightClient]]]]:
    """What connects devices by their tokens, to each hub in turn."""
    async with AsyncExitStack() as stack:
        swarms = [await stack.enter_async_context(Swarm(url)) for url in urls]

        async def connect(tokens: Sequence[str]) -> list[LightClient]:
            shares = [swarm.connect(tokens[number :: len(swarms)]) for number, swarm in enumerate(swarms)]
            return [one for share in await asyncio.gather(*shares) for one in share]

        yield connect


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in found.split()]
