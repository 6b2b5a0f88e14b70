"""Kills what alarms run on at random moments while buttons are pressed, and shows that nothing was lost or doubled.

python -m tests.faults.kill --kills 50 --seed 1              one hub over SQLite
python -m tests.faults.kill --cluster --kills 50 --seed 1    two hubs, a worker, PostgreSQL, Valkey
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, time

from loadtests.hubprocess import HubDidNotStart
from tests.faults.crowd import Address, HttpLine, Listener, Presser, SocketLine
from tests.faults.evidence import SECOND, Evidence
from tests.faults.report import ends, table
from tests.faults.ward import PEOPLE, buttons, device_of
from tests.faults.ward_machines import DATABASE, Machines, one_hub, two_hubs

PRESSERS = 20
# Every fourth button presses over HTTP.
OVER_HTTP = 4


@dataclass
class Report:
    """What a run did and found; it is good when `faults` is empty."""

    kills: Counter[str] = field(default_factory=Counter)
    after_an_answer: int = 0
    at_once: int = 0
    while_starting: int = 0
    ready: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    accepts_again: list[float] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    put_off: int = 0
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
        struck = ", ".join(f"{name} {times}" for name, times in sorted(self.kills.items()))
        told = {
            "kills with SIGKILL": f"{self.kills.total()} ({struck})",
            "of them": f"{self.after_an_answer} right after an answer, {self.while_starting} while it was starting, "
            f"{self.at_once} two at once",
            **{f"start to ready, {name}": spread(took) for name, took in sorted(self.ready.items())},
            "kill of database to next accepted": spread(self.accepts_again),
            "alarms pressed": str(len(self.pressed)),
            "accepted": f"{len(self.accepted)}, {self.put_off} asked to press again",
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
        return table(told)


def spread(seconds: Sequence[float]) -> str:
    """Half of them, nearly all and the longest."""
    if not seconds:
        return "-"
    nearly = quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]
    return f"p50 {median(seconds):.2f} s, p99 {nearly:.2f} s, longest {max(seconds):.2f} s"


class Run:
    """The machines, their crowd, and somebody with a hammer."""

    def __init__(self, machines: Machines, kills: int, seed: int, pressers: int) -> None:
        self._machines, self._kills, self._dice = machines, kills, random.Random(seed)
        self._buttons = buttons(pressers)
        self._report = Report()
        self._pressers: list[Presser] = []
        self._address = Address(*(hub.url for hub in machines.hubs.values()))

    async def go(self) -> Report:
        tokens = self._machines.tokens
        pressers = self._pressers = [
            Presser(tokens[button], self._address, SocketLine if number % OVER_HTTP else HttpLine, self._seeded())
            for number, button in enumerate(self._buttons)
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
        await self._judge(pressers, listeners)
        return self._report

    def _seeded(self) -> random.Random:
        return random.Random(self._dice.getrandbits(64))

    async def _hammer(self) -> None:
        for name in self._machines.hubs:
            await self._starts(name)
        while self._report.kills.total() < self._kills:
            await self._some_moment()
            await self._strike()

    async def _some_moment(self) -> None:
        """Half right after an answer, half by the time: now while devices come back, now while many press."""
        if self._dice.random() < 0.5:
            await asyncio.sleep(self._dice.uniform(0, 1.5))
            return
        for _ in range(self._dice.randint(1, 5 * len(self._buttons))):
            await self._accepted()
        self._report.after_an_answer += 1

    async def _accepted(self) -> None:
        """Until the next press is accepted."""
        self._address.answered.clear()
        await self._address.answered.wait()

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

    async def _starts(self, name: str) -> None:
        await self._machines.part(name).start()
        if name in self._machines.hubs:
            self._address.opens(self._machines.hubs[name].url)

    async def _kill(self, name: str) -> None:
        self._report.kills[name] += 1
        if name in self._machines.hubs:
            self._address.shuts(self._machines.hubs[name].url)
        await self._machines.part(name).kill()

    async def _killed_while_starting(self, name: str) -> None:
        starting = asyncio.ensure_future(self._starts(name))
        await asyncio.sleep(self._dice.uniform(0.2, 1.5))
        self._report.while_starting += not starting.done()
        await self._kill(name)
        await asyncio.gather(starting, return_exceptions=True)
        if starting.exception() is not None and not isinstance(starting.exception(), HubDidNotStart):
            await starting

    async def _caught_up(self, listeners: list[Listener]) -> None:
        """Until the hub has done what was due when it came up, and every listener has heard the newest of it."""
        found = await self._machines.evidence()
        due = found.overdue(int(time() * SECOND))
        async for _ in looks():
            found = await self._machines.evidence()
            if not due & found.overdue(int(time() * SECOND)):
                break
        newest = {who: [row.seq for row in found.rows if who in row.facts.get("told", ())] for who in PEOPLE}
        async for _ in looks():
            if all((one.cursor or 0) >= max(newest[one.person], default=0) for one in listeners):
                break

    async def _ended(self) -> None:
        self._report.journal, faults = await ends(*self._machines.hubs.values())
        self._report.faults += faults

    async def _judge(self, pressers: list[Presser], listeners: list[Listener]) -> None:
        report = self._report
        report.evidence = evidence = await self._machines.evidence()
        report.pressed = {alarm for presser in pressers for alarm in presser.pressed}
        report.accepted = {alarm for presser in pressers for alarm in presser.accepted}
        report.faults += [fault for presser in pressers for fault in presser.faults]
        report.put_off = sum(presser.put_off for presser in pressers)
        if report.put_off and not self._machines.servers:
            report.faults.append(f"{report.put_off} presses were refused by a hub that had all it needs")
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
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.kills, wanted.seed, wanted.cluster))
    sys.stdout.write(report.table() + "\n")
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
