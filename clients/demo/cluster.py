"""Two hubs, a worker, PostgreSQL and Valkey behind a proxy: what a large municipality runs, on one machine."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from .hubchild import HubChild, WorkerChild
from .proxy import Proxy
from .servers import PostgresServer, ValkeyServer

NODES = 2


@dataclass(frozen=True, slots=True)
class Cluster:
    """All of it, ready; people and devices know the proxy only."""

    nodes: Sequence[HubChild]
    proxy: Proxy
    tokens: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.proxy.url


@asynccontextmanager
async def running(folder: Path, site: str, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Cluster]:
    """Sets the site up in the folder and starts everything that serves it."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(PostgresServer(folder / "postgres"))
        valkey = await stack.enter_async_context(ValkeyServer(folder / "valkey"))
        settings = {"HUB_DATABASE_URL": postgres.url(), "HUB_REDIS_URL": valkey.url}
        nodes = [HubChild(folder / f"hub-{number + 1}", settings=settings) for number in range(NODES)]
        worker = WorkerChild(folder / "worker", settings=settings)
        tokens = await _set_up(nodes[0], site)
        for other in (*nodes[1:], worker):
            # Whoever shares a database seals with the same key.
            copytree(nodes[0].data / "keys", other.data / "keys")
        for child in (*nodes, worker):
            stack.push_async_callback(child.stop)
        await asyncio.gather(*(child.start() for child in (*nodes, worker)))
        proxy = Proxy([(node.host, node.port) for node in nodes], host, port)
        yield Cluster(nodes, await stack.enter_async_context(proxy), tokens)


async def _set_up(hub: HubChild, site: str) -> Mapping[str, str]:
    hub.data.mkdir(parents=True)
    file = hub.data / "site.toml"
    file.touch(mode=0o600)  # it holds the password
    file.write_text(site, encoding="utf-8")
    await hub.command("keys")
    return await hub.setup(file)
