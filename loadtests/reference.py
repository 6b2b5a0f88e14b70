"""What the machine itself takes: one fdatasync of 1 KB, then ready bytes to every socket, on a bare loop.

Run as a process of its own: `python -m loadtests.reference --file F --frame-bytes N`. It prints its port. A device
whose token begins with "responder" gets the frame; a `raise` triggers it; `sync` measures the disk alone.
"""

import argparse
import asyncio
import os
import re
import sys
from base64 import b64encode
from hashlib import sha1
from time import perf_counter_ns
from typing import cast

import uvloop

from .swarm import server_frame

_KB = b"j" * 1024
_KEY = re.compile(rb"Sec-WebSocket-Key: (\S+)")
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def padded(text: bytes, size: int) -> bytes:
    """A JSON object that begins like `text` and is `size` bytes long."""
    return text + b',"padding":"' + b"x" * (size - len(text) - 14) + b'"}'


class Bare:
    """The file, the frame and the sockets that get it."""

    def __init__(self, file: str, frame_bytes: int) -> None:
        self.disk = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.frame = server_frame(padded(b'{"type":"alarm","event":"raised"', frame_bytes))
        self.accepted = server_frame(padded(b'{"type":"accepted"', frame_bytes))
        self.responders: list[asyncio.Transport] = []

    def sync(self) -> int:
        """Appends 1 KB and waits until it is on disk; the nanoseconds that took."""
        began = perf_counter_ns()
        os.write(self.disk, _KB)
        os.fdatasync(self.disk)
        return perf_counter_ns() - began


class Line(asyncio.Protocol):
    """One socket of the reference."""

    def __init__(self, bare: Bare) -> None:
        self._bare = bare
        self._shaken = False
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._shaken:
            self._shake(data)
        elif b'"raise"' in data:
            self._bare.sync()
            for transport in self._bare.responders:
                transport.write(self._bare.frame)
            self._transport.write(self._bare.accepted)
        elif b'"hello"' in data:
            self._transport.write(server_frame(b'{"type":"snapshot"}'))
        elif b'"sync"' in data:
            self._transport.write(server_frame(b'{"type":"synced","ns":%d}' % self._bare.sync()))

    def _shake(self, data: bytes) -> None:
        self._rest += data
        if b"\r\n\r\n" not in self._rest:
            return
        self._shaken = True
        key = _KEY.search(self._rest)
        accept = b64encode(sha1((key[1] if key else b"") + _GUID, usedforsecurity=False).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: hub.v1\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        if b"Bearer responder" in self._rest:
            self._bare.responders.append(self._transport)


async def _serve(file: str, frame_bytes: int) -> None:
    bare = Bare(file, frame_bytes)
    server = await asyncio.get_running_loop().create_server(lambda: Line(bare), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> int:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", required=True, help="on the same disk as the hub's data")
    parser.add_argument("--frame-bytes", type=int, required=True, help="as long as the hub's own frame")
    asked = parser.parse_args()
    uvloop.run(_serve(asked.file, asked.frame_bytes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
