"""A stand-in as a server on this machine: whole requests over kept connections, each judged in turn."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from clients.standins.said import Answered, Asked

HOST = "127.0.0.1"
Judge = Callable[[Asked], Awaitable[Answered | None]]
"""What is answered; None breaks the line instead."""


@asynccontextmanager
async def served(judge: Judge, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Listens while the block lasts, and gives the port."""
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            talking.add(task)
            task.add_done_callback(talking.discard)
        with suppress(OSError, EOFError, asyncio.CancelledError):
            while await _one(judge, reader, writer):
                pass
        writer.transport.abort()

    server = await asyncio.start_server(talk, HOST, port, ssl=tls, backlog=512)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tuple(talking):
            task.cancel()


async def _one(judge: Judge, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    answer = await judge(Asked(method, path, headers, body))
    if answer is None:
        return False
    lines = [f"HTTP/1.1 {answer.status} Said", f"Content-Length: {len(answer.body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
    await writer.drain()
    return True


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Brings something to a hub on this machine; the status, or 0 where nobody answers."""
    address, _, path = url.removeprefix("http://").partition("/")
    host, _, port = address.partition(":")
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                said = {"Host": address, "Content-Length": str(len(body)), "Connection": "close", **headers}
                lines = [f"POST /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
                writer.write("\r\n".join(lines).encode() + body)
                return int((await reader.readline()).split()[1])
            finally:
                writer.close()
    except (OSError, TimeoutError, IndexError, ValueError):
        return 0
