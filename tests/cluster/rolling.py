"""Two hubs behind a proxy are restarted one after the other while alarms run: who missed one, and who was cut off.

python -m tests.cluster.rolling --clients 200
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from clients.demo.proxy import Proxy
from clients.demo.servers import PostgresServer, ValkeyServer
from clients.python import HubLine
from loadtests.hubprocess import HubProcess
from loadtests.site import BigSite
from tests.cluster.ward import looks

# What is asked of a hub that is killed; whoever was away is told then what happened meanwhile.
LONGEST_GAP = 5.0


class Watched(HubLine):
    """A colleague's phone that knows when it was without a line, and counts what it heard."""

    def __init__(self, url: str, token: str) -> None:
        self.gaps: list[float] = []
        self.heard: Counter[str] = Counter()
        self._down: float | None = None
        super().__init__(url, token, client="rolling 1.0")

    def _turned(self) -> None:
        if self._link.up and self._down is not None:
            self.gaps.append(time.monotonic() - self._down)
            self._down = None
        elif not self._link.up and self._down is None:
            self._down = time.monotonic()
        super()._turned()

    async def listen(self) -> None:
        """Hears for ever; a snapshot is no telling."""
        async for frame in self.frames():
            if frame["type"] == "alarm" and frame["event"] == "raised":
                self.heard[frame["alarm"]["id"]] += 1


@dataclass
class Rolled:
    """What the restarts cost."""

    pressed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    missed: int = 0
    doubled: int = 0
    codes: list[int] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nobody noticed."""
        quiet = not (self.missed or self.doubled or self.refused)
        return quiet and bool(self.gaps) and max(self.gaps) <= LONGEST_GAP and set(self.codes) == {0}

    def __str__(self) -> str:
        gaps = sorted(self.gaps)
        told = [f"{len(self.pressed)} alarms pressed, {len(self.refused)} not taken"]
        told.append(f"tellings missed {self.missed}, told twice {self.doubled}")
        if gaps:
            at = [gaps[min(len(gaps) - 1, int(len(gaps) * part))] * 1000 for part in (0.5, 0.95, 0.99)]
            told.append(f"without a line, {len(gaps)} times: " + " ".join(f"{one:.0f}" for one in at))
            told[-1] += f" ms (p50 p95 p99), longest {gaps[-1] * 1000:.0f} ms"
        ends = ", ".join(
            f"{took:.1f} s (exit code {code})" for took, code in zip(self.drained, self.codes, strict=True)
        )
        return "\n".join([*told, f"from SIGTERM to the end: {ends}"])


@asynccontextmanager
async def two_hubs(folder: Path, database: str, redis: str, site: BigSite) -> AsyncIterator[tuple[Any, Any]]:
    """Two hubs over one database, and the tokens of the site's devices."""
    settings = {"HUB_DATABASE_URL": database, "HUB_REDIS_URL": redis}
    one, two = (HubProcess(folder / name, settings=settings) for name in ("one", "two"))
    tokens = await one.setup(site.write(folder, datetime.now(UTC)))
    await one.command("keys")
    copytree(one.data / "keys", two.data / "keys")
    async with one, two:
        yield (one, two), tokens
    for hub in (one, two):
        assert await hub.ended() == 0, hub.last_words()
        assert "Traceback" not in hub.log.read_text(encoding="utf-8"), hub.last_words()


async def press(button: HubLine, every: float, rolled: Rolled) -> None:
    """Presses for ever; whatever is not taken in good time is remembered."""
    while True:
        try:
            async with asyncio.timeout(10):
                rolled.pressed.append((await button.raise_alarm("alarm"))["id"])
        except Exception as problem:  # noqa: BLE001 - whatever kept it from being taken is what we look for
            rolled.refused.append(repr(problem))
        await asyncio.sleep(every)


async def roll(folder: Path, database: str, redis: str, clients: int, every: float) -> Rolled:
    """Restarts both hubs while `clients` listen and somebody presses every so often."""
    rolled, site = Rolled(), BigSite(responders=clients, idle=0)
    async with AsyncExitStack() as stack:
        hubs, tokens = await stack.enter_async_context(two_hubs(folder, database, redis, site))
        proxy = await stack.enter_async_context(Proxy([(hub.host, hub.port) for hub in hubs]))
        phones = [Watched(proxy.url, tokens[name]) for name in site.responding]
        for phone in phones:
            await stack.enter_async_context(phone)
        button = await stack.enter_async_context(HubLine(proxy.url, tokens[site.raising[0]]))
        tasks = [asyncio.create_task(phone.listen()) for phone in phones]
        pressing = asyncio.create_task(press(button, every, rolled))
        for hub in hubs:
            await asyncio.sleep(1)
            began = time.monotonic()
            hub.process.terminate()
            rolled.codes.append(await hub.ended())
            rolled.drained.append(time.monotonic() - began)
            await hub.start()
        await asyncio.sleep(1)
        pressing.cancel()
        await asyncio.wait([pressing])
        await caught_up(phones, rolled.pressed)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    rolled.gaps = [gap for phone in phones for gap in phone.gaps]
    rolled.missed = sum(not phone.heard[which] for phone in phones for which in rolled.pressed)
    rolled.doubled = sum(phone.repeated + sum(max(0, n - 1) for n in phone.heard.values()) for phone in phones)
    return rolled


async def caught_up(phones: list[Watched], pressed: list[str], within: float = 10) -> None:
    """Waits until everybody has heard all, or time is up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            async for _ in looks():
                if all(phone.heard[which] for phone in phones for which in pressed):
                    return


async def main(clients: int, every: float) -> int:
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with PostgresServer(folder / "postgres") as postgres, ValkeyServer(folder / "valkey") as valkey:
            rolled = await roll(folder / "hubs", postgres.url(), valkey.url, clients, every)
    sys.stdout.write(f"{rolled}\n" + ("nobody noticed\n" if rolled.well else f"it was noticed: {rolled.refused[:3]}\n"))
    return 0 if rolled.well else 1


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--clients", type=int, default=200)
    words.add_argument("--every", type=float, default=0.25, help="seconds between alarms")
    given = words.parse_args()
    sys.exit(asyncio.run(main(given.clients, given.every)))
