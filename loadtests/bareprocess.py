"""The reference as a child process, with its sockets connected."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from .hubprocess import child_environment, tied_to
from .rounds import Raiser, RoundBroken
from .swarm import LightClient, Swarm, encoded, split_frames


@dataclass(slots=True)
class Bare:
    """The reference process and those connected to it."""

    pid: int
    raiser: Raiser
    responders: list[LightClient]

    async def sync(self) -> int:
        """Nanoseconds that the disk takes for 1 KB by itself."""
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def heard(_client: object, _at: int, data: bytes) -> None:
            told.set_result(int(json.loads(split_frames(data)[0][0])["ns"]))

        self.raiser.socket.heard = heard
        self.raiser.socket.send(encoded({"type": "sync"}))
        return await told


@asynccontextmanager
async def reference(core: int, folder: Path, frame_bytes: int, responders: int) -> AsyncIterator[Bare]:
    """The bare loop on the hub's own core and disk."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "loadtests.reference",
        "--file", str(folder / "reference"), "--frame-bytes", str(frame_bytes),
        env=child_environment(), stdout=asyncio.subprocess.PIPE, preexec_fn=tied_to(os.getpid(), {core}),
    )  # fmt: skip
    try:
        if process.stdout is None or not (line := await process.stdout.readline()):
            raise RoundBroken("the reference did not start")
        async with Swarm(f"http://127.0.0.1:{int(line)}") as swarm:
            joined = await swarm.connect(["raiser", *(f"responder{number}" for number in range(responders))])
            yield Bare(process.pid, Raiser(joined[0]), joined[1:])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
