"""Fills the disk under a hub again and again while buttons are pressed, and shows that nothing accepted was lost.

python -m tests.faults.full --episodes 20
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, prlimit
from time import monotonic
from typing import Protocol

import httpx

from tests.faults import ordeal
from tests.faults.crowd import Address
from tests.faults.ordeal import Ordeal, looks, spread
from tests.faults.ward import device_of
from tests.faults.ward_machines import Machines, one_hub

PRESSERS = 10
# More than the 256 MiB with less of which a hub says that it is not ready.
DISK = "320m"
# How many presses must be refused while the disk is full.
REFUSALS = 10
SAYS = ("Nothing was stored: get help another way", "HUB_DATA")


class Disk(Protocol):
    """What a hub's files lie on."""

    def fill(self, pid: int) -> None:
        """Lets nothing more be written."""

    def empty(self, pid: int) -> None:
        """Makes room again."""


class SmallDisk:
    """Some memory as a disk of its own, which gives each writer the same answer as a real one that is full."""

    def __init__(self, folder: Path) -> None:
        self._others = folder / "somebody-elses"

    def fill(self, _pid: int) -> None:
        try:
            with self._others.open("ab", buffering=0) as file:
                # Down to the last byte: what room is left in a page that is there already, a small write would find.
                for size in (2**24, 2**12):
                    while file.write(bytes(size)) == size:
                        pass
        except OSError:
            return

    def empty(self, _pid: int) -> None:
        self._others.unlink()


class NoGrowth:
    """What anybody can do who may not mount: the system refuses the hub to make any file larger than it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, pid: int) -> None:
        log = next(self._folder.rglob("hub.db-wal"))
        prlimit(pid, RLIMIT_FSIZE, (log.stat().st_size, getrlimit(RLIMIT_FSIZE)[1]))

    def empty(self, pid: int) -> None:
        prlimit(pid, RLIMIT_FSIZE, getrlimit(RLIMIT_FSIZE))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A small disk in the folder if we may mount one, and else the nearest to it."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        yield NoGrowth(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass
class Report(ordeal.Report):
    """What a run did and found; it is good when `faults` is empty."""

    disk: str = ""
    episodes: int = 0
    refused: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    unready: int = 0
    again: list[float] = field(default_factory=list)

    def done(self) -> Mapping[str, str]:
        return {
            "disk": self.disk,
            "times that it was full": str(self.episodes),
            "full to a press refused in words": spread(self.refused),
            "open alarms read while it was full": f"{len(self.read)} times, {spread(self.read)}",
            "times that /health/ready said so": str(self.unready),
            "room to next accepted": spread(self.again),
        }


class Full(Ordeal):
    """One hub, its crowd, and somebody who fills its disk."""

    def __init__(self, machines: Machines, disk: Disk, episodes: int, seed: int) -> None:
        self._disk, self._episodes = disk, episodes
        self.report = Report(disk=f"tmpfs of {DISK}" if isinstance(disk, SmallDisk) else "no file may grow")
        super().__init__(machines, seed, PRESSERS, Address(*machines.doors.values()), self.report)

    async def go(self) -> Report:
        await self.suffers()
        return self.report

    async def _hurt(self) -> None:
        (name,) = self._machines.hubs
        await self._starts(name)
        hub = self._machines.hubs[name]
        headers = {"Authorization": f"Bearer {self._machines.tokens[device_of('bo')]}", "Accept-Language": "en"}
        async with httpx.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, timeout=30) as bo:
            for _ in range(self._episodes):
                await self._accepted()
                await asyncio.sleep(self._dice.uniform(0, 0.5))
                await asyncio.to_thread(self._disk.fill, hub.pid)
                await self._is_full(bo)
                await asyncio.to_thread(self._disk.empty, hub.pid)
                emptied = monotonic()
                await self._accepted()
                self.report.again.append(monotonic() - emptied)
                self.report.episodes += 1

    async def _is_full(self, bo: httpx.AsyncClient) -> None:
        """Until many have been refused; reading goes on meanwhile."""
        filled, before = monotonic(), self._refusals()
        async for _ in looks():
            began = monotonic()
            reply = await bo.get("/api/alarms", params={"state": "open"})
            self.report.read.append(monotonic() - began)
            if reply.status_code != 200:
                self.report.faults.append(f"while the disk was full, reading was answered with {reply.status_code}")
            if self._refusals() > before and len(self.report.refused) == self.report.episodes:
                self.report.refused.append(monotonic() - filled)
            if self._refusals() >= before + REFUSALS:
                break
        wrong = {word for one in self._pressers for word in one.words if not all(said in word for said in SAYS)}
        self.report.faults += [f"a press was refused with: {word}" for word in wrong]
        self.report.unready += (await bo.get("/health/ready")).status_code == 503

    def _refusals(self) -> int:
        return sum(one.put_off for one in self._pressers)


async def run(folder: Path, episodes: int, seed: int) -> Report:
    """Sets a ward up on a small disk in the folder, and fills it so many times."""
    with small_disk(folder / "disk") as disk:
        async with one_hub(folder / "disk", datetime.now(UTC), PRESSERS) as machines:
            return await Full(machines, disk, episodes, seed).go()


def main() -> int:
    """Runs from the command line; exit code 0 if nothing accepted was lost, and all went on when there was room."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.full", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.episodes, wanted.seed))
    return ordeal.told(report)


if __name__ == "__main__":
    sys.exit(main())
