"""Kills what alarms run on at random moments while buttons are pressed, and shows that nothing was lost or doubled.

python -m tests.faults.kill --kills 50 --seed 1              one hub over SQLite
python -m tests.faults.kill --cluster --kills 50 --seed 1    two hubs, a worker, PostgreSQL, Valkey
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from loadtests.hubprocess import HubDidNotStart
from tests.faults import ordeal
from tests.faults.crowd import Address
from tests.faults.ordeal import Ordeal, spread
from tests.faults.ward_machines import DATABASE, Machines, one_hub, two_hubs

PRESSERS = 20


@dataclass
class Report(ordeal.Report):
    """What a run did and found; it is good when `faults` is empty."""

    kills: Counter[str] = field(default_factory=Counter)
    after_an_answer: int = 0
    at_once: int = 0
    while_starting: int = 0
    ready: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    accepts_again: list[float] = field(default_factory=list)

    def done(self) -> Mapping[str, str]:
        struck = ", ".join(f"{name} {times}" for name, times in sorted(self.kills.items()))
        return {
            "kills with SIGKILL": f"{self.kills.total()} ({struck})",
            "of them": f"{self.after_an_answer} right after an answer, {self.while_starting} while it was starting, "
            f"{self.at_once} two at once",
            **{f"start to ready, {name}": spread(took) for name, took in sorted(self.ready.items())},
            "kill of database to next accepted": spread(self.accepts_again),
        }


class Run(Ordeal):
    """The machines, their crowd, and somebody with a hammer."""

    def __init__(self, machines: Machines, kills: int, seed: int, pressers: int) -> None:
        self._kills, self._report = kills, Report()
        super().__init__(machines, seed, pressers, Address(*machines.doors.values()), self._report)

    async def go(self) -> Report:
        await self.suffers()
        if self._report.put_off and not self._machines.servers:
            refused = f"{self._report.put_off} presses were refused by a hub that had all it needs"
            self._report.faults.append(refused)
        return self._report

    async def _hurt(self) -> None:
        await self._all_start()
        while self._report.kills.total() < self._kills:
            await self._some_moment()
            await self._strike()

    async def _some_moment(self) -> None:
        """Half right after an answer, half by the time: now while devices come back, now while many press."""
        if self._dice.random() < 0.5:
            await asyncio.sleep(self._dice.uniform(0, 1.5))
            return
        for _ in range(self._dice.randint(1, 5 * len(self._pressers))):
            await self._accepted()
        self._report.after_an_answer += 1

    async def _strike(self) -> None:
        names = self._machines.names
        struck = self._dice.sample(names, 2 if len(names) > 1 and self._dice.random() < 0.2 else 1)
        self._report.at_once += len(struck) > 1
        killed = monotonic()
        for name in struck:
            await self._kill(name)
        if struck[0] in self._machines.hubs and DATABASE not in struck and self._dice.random() < 0.2:
            await self._killed_while_starting(struck[0])
        for name in sorted(struck, key=names.index):
            began = monotonic()
            await self._starts(name)
            self._report.ready[name].append(monotonic() - began)
            if name == DATABASE:
                await self._accepted()
                self._report.accepts_again.append(monotonic() - killed)

    async def _kill(self, name: str) -> None:
        self._report.kills[name] += 1
        if name in self._machines.hubs:
            self._address.shuts(self._machines.doors[name])
        await self._machines.part(name).kill()

    async def _killed_while_starting(self, name: str) -> None:
        starting = asyncio.ensure_future(self._starts(name))
        await asyncio.sleep(self._dice.uniform(0.2, 1.5))
        self._report.while_starting += not starting.done()
        await self._kill(name)
        await asyncio.gather(starting, return_exceptions=True)
        if starting.exception() is not None and not isinstance(starting.exception(), HubDidNotStart):
            await starting


async def run(folder: Path, kills: int, seed: int, cluster: bool = False, pressers: int = PRESSERS) -> Report:
    """Sets a ward up in the folder and kills so many times what its alarms run on."""
    async with (two_hubs if cluster else one_hub)(folder, datetime.now(UTC), pressers) as machines:
        return await Run(machines, kills, seed, pressers).go()


def main() -> int:
    """Runs from the command line; exit code 0 if nothing was lost, doubled, early or forgotten."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.kill", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cluster", action="store_true", help="two hubs over PostgreSQL and Valkey, and not one alone")
    parser.add_argument("--pressers", type=int, default=PRESSERS, help="how many buttons are pressed all the time")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.kills, wanted.seed, wanted.cluster, wanted.pressers))
    return ordeal.told(report)


if __name__ == "__main__":
    sys.exit(main())
