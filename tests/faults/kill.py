"""Kills the hub at random moments while buttons are pressed, and shows that nothing was lost, doubled or forgotten.

python -m tests.faults.kill --kills 50 --seed 1
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic, time

from loadtests.hubprocess import HubDidNotStart, HubProcess
from tests.faults.crowd import Address, HttpLine, Listener, Presser, SocketLine
from tests.faults.evidence import SECOND, Evidence
from tests.faults.ward import PEOPLE, buttons, device_of, hub_in, written

PRESSERS = 20
# Every fourth button presses over HTTP.
OVER_HTTP = 4


@dataclass
class Report:
    """What a run did and found; it is good when `faults` is empty."""

    kills: int = 0
    while_starting: int = 0
    longest_start: float = 0
    pressed: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    evidence: Evidence = field(default_factory=lambda: Evidence({}, []))
    journal: str = ""
    came_back: int = 0
    started_over: int = 0
    heard: int = 0
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The run in a few lines."""
        courses = list(self.evidence.courses().values())
        late = [one for course in courses for one in course.late]
        rows = [row.event for row in self.evidence.rows]
        told = {
            "kills with SIGKILL": f"{self.kills}, {self.while_starting} of them while it was starting",
            "longest start until ready": f"{self.longest_start:.1f} s",
            "alarms pressed": str(len(self.pressed)),
            "accepted": str(len(self.accepted)),
            "accepted and gone": str(len(self.accepted - set(self.evidence.alarms))),
            "on disk": f"{len(self.evidence.alarms)}, each raised once: {rows.count('raised')} rows",
            "escalations": f"{len(late)} of {sum(1 for course in courses if course.late)} alarms",
            "earliest after its time": f"{min(late, default=0):.3f} s",
            "median, latest after its time": f"{median(late or [0]):.3f} s, {max(late, default=0):.3f} s (hub down)",
            "receipts": f"{rows.count('shown')} shown",
            "devices came back": f"{self.came_back} times, {self.started_over} of them too far behind to resume",
            "they heard": f"{self.heard} frames, each once and in order",
            "journal": self.journal,
            "faults": str(len(self.faults)),
        }
        width = max(map(len, told))
        return "\n".join(f"{name:<{width}}  {value}" for name, value in told.items())


class Run:
    """One hub, its crowd, and somebody with a hammer."""

    def __init__(self, folder: Path, kills: int, seed: int) -> None:
        self._folder, self._kills, self._dice = folder, kills, random.Random(seed)
        self._report = Report()
        self._pressers: list[Presser] = []
        self._hub: HubProcess
        self._address: Address

    async def go(self) -> Report:
        self._hub = hub_in(self._folder)
        self._address = Address(self._hub.url)
        tokens = await self._hub.setup(written(self._folder, datetime.now(UTC), PRESSERS))
        pressers = self._pressers = [
            Presser(tokens[button], self._address, SocketLine if number % OVER_HTTP else HttpLine, self._seeded())
            for number, button in enumerate(buttons(PRESSERS))
        ]
        listeners = [Listener(who, tokens[device_of(who)], self._address, self._seeded()) for who in PEOPLE]
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(one.work()) for one in listeners]
            pressing = [group.create_task(one.work()) for one in pressers]
            await self._hammer()
            for presser in pressers:
                presser.stopping = True
            await asyncio.gather(*pressing)
            await self._caught_up(listeners)
            for task in listening:
                task.cancel()
        await self._ended()
        self._judge(pressers, listeners)
        return self._report

    def _seeded(self) -> random.Random:
        return random.Random(self._dice.getrandbits(64))

    async def _hammer(self) -> None:
        await self._starts()
        while self._report.kills < self._kills:
            await self._some_moment()
            await self._kill()
            if self._dice.random() < 0.2 and self._report.kills < self._kills:
                await self._killed_while_starting()
            await self._starts()

    async def _some_moment(self) -> None:
        """Now while devices come back, now while many press: by the time, or by how many more have been accepted."""
        if self._dice.random() < 0.25:
            await asyncio.sleep(self._dice.uniform(0, 1))
            return
        enough = self._accepted() + self._dice.randint(1, 150)
        async for _ in looks():
            if self._accepted() >= enough:
                break
        await asyncio.sleep(self._dice.uniform(0, 0.05))

    def _accepted(self) -> int:
        return sum(len(presser.accepted) for presser in self._pressers)

    async def _starts(self) -> None:
        began = monotonic()
        await self._hub.start()
        self._report.longest_start = max(self._report.longest_start, monotonic() - began)
        self._address.up.set()

    async def _kill(self) -> None:
        self._address.up.clear()
        await self._hub.kill()
        self._report.kills += 1

    async def _killed_while_starting(self) -> None:
        starting = asyncio.ensure_future(self._hub.start())
        await asyncio.sleep(self._dice.uniform(0.2, 1.5))
        self._report.while_starting += not starting.done()
        await self._kill()
        await asyncio.gather(starting, return_exceptions=True)
        if starting.exception() is not None and not isinstance(starting.exception(), HubDidNotStart):
            await starting

    async def _caught_up(self, listeners: list[Listener]) -> None:
        """Until the hub has done what was due when it came up, and every listener has heard the newest of it."""
        database = self._hub.data / "hub.db"
        found = Evidence.read(database)
        due = found.overdue(int(time() * SECOND))
        async for _ in looks():
            found = Evidence.read(database)
            if not due & found.overdue(int(time() * SECOND)):
                break
        newest = {who: [row.seq for row in found.rows if who in row.facts.get("told", ())] for who in PEOPLE}
        async for _ in looks():
            if all((one.cursor or 0) >= max(newest[one.person], default=0) for one in listeners):
                break

    async def _ended(self) -> None:
        await self._hub.stop()
        if await self._hub.ended() != 0:
            self._report.faults.append(f"the hub's exit code was {await self._hub.ended()}")
        self._report.journal = (await self._hub.command("verify-journal")).strip()
        if not self._report.journal.endswith("rows, whole"):
            self._report.faults.append(self._report.journal)

    def _judge(self, pressers: list[Presser], listeners: list[Listener]) -> None:
        report = self._report
        report.evidence = evidence = Evidence.read(self._hub.data / "hub.db")
        report.pressed = {alarm for presser in pressers for alarm in presser.pressed}
        report.accepted = {alarm for presser in pressers for alarm in presser.accepted}
        report.faults += [fault for presser in pressers for fault in presser.faults]
        report.faults += evidence.faults(report.pressed, report.accepted)
        for one in listeners:
            report.faults += one.faults
            report.came_back += one.came_back - 1
            report.heard += len(one.heard)
            for first, last in one.owed():
                missed = evidence.missed(one.person, first, last, one.heard)
                report.faults += [f"{one.person} missed row {seq}" for seq in missed]
            report.started_over += len(one.spans) - 1


async def looks() -> AsyncIterator[None]:
    """A moment to look again, until the caller has seen what it waits for."""
    while True:
        yield
        await asyncio.sleep(0.01)


async def run(folder: Path, kills: int, seed: int) -> Report:
    """Sets a ward up in the folder and kills its hub so many times."""
    return await Run(folder, kills, seed).go()


def main() -> int:
    """Runs from the command line; exit code 0 if nothing was lost, doubled, early or forgotten."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.kills, wanted.seed))
    sys.stdout.write(report.table() + "\n")
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
