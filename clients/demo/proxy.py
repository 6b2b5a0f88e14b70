"""A small TCP proxy: each connection goes to the next node in turn, and past one that refuses it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

_CONNECTS_WITHIN = 2.0
_MOST_AT_ONCE = 64 * 1024

Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Listens for the nodes while its block lasts; it reads nothing of what it passes on, live sockets too."""

    def __init__(self, nodes: Sequence[tuple[str, int]], host: str = "127.0.0.1", port: int = 0) -> None:
        self.host, self.port = host, port
        self.newest = 0
        """The node that the newest connection went to."""
        self._nodes = tuple(nodes)
        self._carrying: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry((reader, writer)))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, client: Way) -> None:
        try:
            for _ in self._nodes:
                self.newest = (self.newest + 1) % len(self._nodes)
                try:
                    async with asyncio.timeout(_CONNECTS_WITHIN):
                        node = await asyncio.open_connection(*self._nodes[self.newest])
                except (OSError, TimeoutError):
                    continue
                await self._between(client, node)
                return
        finally:
            client[1].close()

    async def _between(self, client: Way, node: Way) -> None:
        """Passes on what either says, until the node has said all or is gone."""
        asking = asyncio.create_task(flow(client[0], node[1]))
        try:
            await flow(node[0], client[1])
        finally:
            asking.cancel()
            node[1].close()


async def said_by(source: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """All that somebody says, as it comes, until they have said all or are gone."""
    with suppress(OSError):
        while said := await source.read(_MOST_AT_ONCE):
            yield said


async def flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Passes on all that one says to the other, and that it was all."""
    with suppress(OSError):
        async for said in said_by(source):
            target.write(said)
            await target.drain()
        target.write_eof()
