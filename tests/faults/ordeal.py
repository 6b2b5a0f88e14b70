"""A crowd that presses and listens while something is done to its machines, and the judgement of it afterwards."""

import asyncio
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import time

from tests.faults.crowd import Address, HttpLine, Listener, Presser, SocketLine
from tests.faults.evidence import SECOND, Evidence
from tests.faults.report import ends, table
from tests.faults.ward import PEOPLE, buttons, device_of
from tests.faults.ward_machines import Machines

# Every fourth button presses over HTTP.
OVER_HTTP = 4


@dataclass
class Report:
    """What a run found; it is good when `faults` is empty."""

    pressed: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    put_off: int = 0
    evidence: Evidence = field(default_factory=lambda: Evidence({}, []))
    journal: str = ""
    came_back: int = 0
    started_over: int = 0
    heard: int = 0
    faults: list[str] = field(default_factory=list)

    def done(self) -> Mapping[str, str]:
        """What was done to the machines, a figure a line."""
        return {}

    def table(self) -> str:
        """The run in a few lines."""
        courses = list(self.evidence.courses().values())
        late = [one for course in courses for one in course.late]
        rows = [row.event for row in self.evidence.rows]
        told = {
            **self.done(),
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


def told(report: Report) -> int:
    """Prints the run; the exit code."""
    sys.stdout.write(report.table() + "\n")
    sys.stdout.writelines(f"FAULT {fault}\n" for fault in report.faults[:50])
    return 1 if report.faults else 0


def spread(seconds: Sequence[float]) -> str:
    """Half of them, nearly all and the longest."""
    if not seconds:
        return "-"
    nearly = quantiles(seconds, n=100, method="inclusive")[98] if len(seconds) > 1 else seconds[0]
    return f"p50 {median(seconds):.2f} s, p99 {nearly:.2f} s, longest {max(seconds):.2f} s"


class Ordeal(ABC):
    """The machines, their crowd, and whatever `hurt` does to them."""

    def __init__(self, machines: Machines, seed: int, pressers: int, address: Address, report: Report) -> None:
        self._machines, self._dice, self._address, self._found = machines, random.Random(seed), address, report
        tokens = machines.tokens
        self._pressers = [
            Presser(tokens[button], address, SocketLine if number % OVER_HTTP else HttpLine, self._seeded())
            for number, button in enumerate(buttons(pressers))
        ]
        self._listeners = [Listener(who, tokens[device_of(who)], address, self._seeded()) for who in PEOPLE]

    @abstractmethod
    async def _hurt(self) -> None:
        """Does it, from before the hubs are started on."""

    async def suffers(self) -> None:
        """Presses and listens until all of it has been done, and takes down what became of it."""
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(one.work()) for one in self._listeners]
            pressing = [group.create_task(one.work()) for one in self._pressers]
            await self._hurt()
            for presser in self._pressers:
                presser.stopping = True
            await asyncio.gather(*pressing)
            await self._caught_up()
            for task in listening:
                task.cancel()
        self._found.journal, faults = await ends(*self._machines.hubs.values())
        self._found.faults += faults
        await self._judge()

    def _seeded(self) -> random.Random:
        return random.Random(self._dice.getrandbits(64))

    async def _starts(self, name: str) -> None:
        await self._machines.part(name).start()
        if name in self._machines.hubs:
            self._address.opens(self._machines.doors[name])

    async def _all_start(self) -> None:
        """Every hub at once, before anybody is let in to any."""
        hubs = self._machines.hubs
        await asyncio.gather(*(hub.start() for hub in hubs.values()))
        for name in hubs:
            self._address.opens(self._machines.doors[name])

    async def _accepted(self) -> None:
        """Until the next press is accepted."""
        self._address.answered.clear()
        await self._address.answered.wait()

    async def _caught_up(self) -> None:
        """Until the hub has done what was due when it came up, and every listener has heard the newest of it."""
        found = await self._machines.evidence()
        due = found.overdue(int(time() * SECOND))
        async for _ in looks():
            found = await self._machines.evidence()
            if not due & found.overdue(int(time() * SECOND)):
                break
        newest = {who: [row.seq for row in found.rows if who in row.facts.get("told", ())] for who in PEOPLE}
        async for _ in looks():
            if all((one.cursor or 0) >= max(newest[one.person], default=0) for one in self._listeners):
                break

    async def _judge(self) -> None:
        found = self._found
        found.evidence = evidence = await self._machines.evidence()
        found.pressed = {alarm for presser in self._pressers for alarm in presser.pressed}
        found.accepted = {alarm for presser in self._pressers for alarm in presser.accepted}
        found.faults += [fault for presser in self._pressers for fault in presser.faults]
        found.put_off = sum(presser.put_off for presser in self._pressers)
        found.faults += evidence.faults(found.pressed, found.accepted)
        found.faults += self._heard()

    def _heard(self) -> Iterator[str]:
        for one in self._listeners:
            yield from one.faults
            self._found.came_back += one.came_back - 1
            self._found.heard += len(one.heard)
            for first, last in one.owed():
                missed = self._found.evidence.missed(one.person, first, last, one.heard)
                yield from (f"{one.person} missed row {seq}" for seq in missed)
            self._found.started_over += len(one.spans) - 1


async def looks() -> AsyncIterator[None]:
    """A moment to look again, until the caller has seen what it waits for."""
    while True:
        yield
        await asyncio.sleep(0.01)
