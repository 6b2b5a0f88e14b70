"""Hurts the lines between people, hubs and servers while buttons are pressed, and shows that nobody missed anything.

python -m tests.faults.cuts --seconds 8 --away 60
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import time

from tests.faults import ordeal
from tests.faults.badline import BadLine, Lines, wired
from tests.faults.crowd import Address
from tests.faults.evidence import SECOND
from tests.faults.ordeal import Ordeal, spread
from tests.faults.ward_machines import DATABASE, Machines

PRESSERS = 8
# Seconds after which a device takes a silent line for cut, as it does twice before it is sure.
PATIENCE = 2.0
# Seconds for which the crowd is let alone before and after each trouble.
CALM = 4.0
# What a person may wait longer when a trouble is over, or when only Redis is hurt, or a hub is gone.
OVER_WITHIN, WITHOUT_REDIS, WITHOUT_A_HUB = 8.0, 2.0, 5.0


@dataclass(frozen=True)
class Spell:
    """From when to when something was hurt, and how much longer than usual anybody might wait for news of then."""

    name: str
    began: float
    ended: float
    most: float


@dataclass
class Report(ordeal.Report):
    """What a run did and found; it is good when `faults` is empty."""

    spells: list[Spell] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)

    def done(self) -> Mapping[str, str]:
        return self.figures


class Cuts(Ordeal):
    """The machines, the lines between them, and somebody with pliers."""

    def __init__(self, machines: Machines, lines: Lines, seed: int, seconds: float, calm: float) -> None:
        self.lines, self.seconds, self.report, self._calm = lines, seconds, Report(), calm
        self._troubles: list[Trouble] = []
        super().__init__(machines, seed, PRESSERS, Address(*machines.doors.values(), patience=PATIENCE), self.report)

    async def go(self, troubles: "list[Trouble]") -> Report:
        self._troubles = troubles
        await self.suffers()
        self._judge_waits()
        return self.report

    async def _hurt(self) -> None:
        await self._all_start()
        await asyncio.sleep(self._calm)
        for one in self._troubles:
            began = time()
            await one.does(self)
            ended = time()
            await asyncio.sleep(self._calm)
            most = one.most if one.most is not None else ended - began + OVER_WITHIN
            self.report.spells.append(Spell(one.name, began, ended, most))
            await self._accepted()

    def to(self, what: str) -> list[BadLine]:
        """Every line to it."""
        return [line for way, line in self.lines.items() if way.endswith(f"to {what}")]

    def crowd(self) -> list[BadLine]:
        """Every line of the crowd's."""
        return [line for way, line in self.lines.items() if way.startswith("crowd")]

    async def stopped(self, name: str) -> None:
        """A machine that stands still for a while, and goes on as if nothing had been."""
        with frozen(self._machines.part(name).pid):
            await asyncio.sleep(self.seconds)

    async def away(self, name: str, seconds: float) -> None:
        """A machine that is killed, and is there again after a while."""
        if name in self._machines.hubs:
            self._address.shuts(self._machines.doors[name])
        await self._machines.part(name).kill()
        await asyncio.sleep(seconds)
        await self._starts(name)

    def _judge_waits(self) -> None:
        """Holds how long people waited for news of each time against how long they usually do."""
        report, at = self.report, {row.seq: row.at / SECOND for row in self.report.evidence.rows}
        waits = [(at[seq], heard - at[seq]) for one in self._listeners for seq, heard in one.heard_at.items()]
        hurt = [(one.began - PATIENCE, one.ended + self._calm) for one in report.spells]
        usual = [wait for when, wait in waits if not any(since <= when <= until for since, until in hurt)]
        report.figures["usually heard after"] = spread(usual)
        for spell in report.spells:
            found = [(when, wait) for when, wait in waits if spell.began - PATIENCE <= when <= spell.ended]
            pressed = sum(spell.began <= when <= spell.ended for when in self._address.accepts)
            again = min((when - spell.ended for when in self._address.accepts if when > spell.ended), default=0.0)
            took = spell.ended - spell.began
            accepted = f"{pressed / took:.0f} alarms/s accepted, the next {again:.2f} s after it"
            report.figures[spell.name] = f"{took:.1f} s, {accepted}; heard {spread([wait for _, wait in found])}"
            slow = max(usual, default=0.0)
            late = [wait for when, wait in found if wait > slow + self._most(spell, when, when + wait)]
            if late:
                report.faults.append(f"{spell.name}: somebody waited {max(late):.1f} s, {spell.most:.0f} is the most")
            if again > OVER_WITHIN:
                report.faults.append(f"{spell.name}: nothing was accepted for {again:.1f} s after it was over")

    def _most(self, spell: Spell, since: float, until: float) -> float:
        """What anybody may wait in that time: news that the next trouble kept too may take what either costs."""
        met = [one for one in self.report.spells if one is spell or (since <= one.ended and one.began <= until)]
        return sum(one.most for one in met)


@dataclass(frozen=True)
class Trouble:
    """Something that is done to the machines; `most` is what anybody may wait for it, if not until it is over."""

    name: str
    does: Callable[[Cuts], Awaitable[None]]
    most: float | None = None


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """The process and its children get no processor until the block is over."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    whole = [pid, *(map(int, children.read_text().split()) if children.exists() else [])]
    for one in whole:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in reversed(whole):
            os.kill(one, signal.SIGCONT)


@asynccontextmanager
async def hurting(lines: list[BadLine]) -> AsyncIterator[list[BadLine]]:
    """Lines that are fair again after the block."""
    try:
        yield lines
    finally:
        for line in lines:
            line.heals()


Chosen = Callable[[Cuts], list[BadLine]]


def reset(which: Chosen) -> Callable[[Cuts], Awaitable[None]]:
    """Cut once every second."""

    async def does(cuts: Cuts) -> None:
        for _ in range(max(1, round(cuts.seconds / 2))):
            for line in which(cuts):
                line.cut()
            await asyncio.sleep(1)

    return does


def lost_answers(which: Chosen) -> Callable[[Cuts], Awaitable[None]]:
    """What was asked for is done, and whoever asked is cut off before they hear of it; in every second half second."""

    async def does(cuts: Cuts) -> None:
        for _ in range(max(1, round(cuts.seconds / 2))):
            async with hurting(which(cuts)) as lines:
                for line in lines:
                    line.loses_answers = True
                await asyncio.sleep(0.5)
            await asyncio.sleep(0.5)

    return does


def late(which: Chosen, by: float) -> Callable[[Cuts], Awaitable[None]]:
    async def does(cuts: Cuts) -> None:
        async with hurting(which(cuts)) as lines:
            for line in lines:
                line.delay = by
            await asyncio.sleep(cuts.seconds)

    return does


def hole(which: Chosen, *ways: str) -> Callable[[Cuts], Awaitable[None]]:
    """What is said vanishes, and every connection seems to stand, also when others come through again."""

    async def does(cuts: Cuts) -> None:
        async with hurting(which(cuts)) as lines:
            for line in lines:
                line.swallows = frozenset(ways)
            await asyncio.sleep(cuts.seconds)

    return does


def _redis(cuts: Cuts) -> list[BadLine]:
    return cuts.to("redis")


def _database(cuts: Cuts) -> list[BadLine]:
    return cuts.to("database")


def troubles(away: float) -> list[Trouble]:
    """Everything, one after the other; Redis is gone for so many seconds."""
    both = ("asks", "answers")
    return [
        Trouble("Redis is gone", lambda cuts: cuts.away("valkey", away), WITHOUT_REDIS),
        Trouble("lines to Redis are reset", reset(_redis), WITHOUT_REDIS),
        Trouble("answers of Redis are lost", lost_answers(_redis), WITHOUT_REDIS),
        Trouble("Redis is 0.3 s late", late(_redis, 0.3), WITHOUT_REDIS),
        Trouble("lines to Redis are a hole", hole(_redis, *both), WITHOUT_REDIS),
        Trouble("Redis stands still", lambda cuts: cuts.stopped("valkey"), WITHOUT_REDIS),
        Trouble("lines to PostgreSQL are reset", reset(_database)),
        Trouble("answers of PostgreSQL are lost", lost_answers(_database)),
        Trouble("PostgreSQL is 20 ms late", late(_database, 0.02)),
        Trouble("lines to PostgreSQL are a hole", hole(_database, *both)),
        Trouble("PostgreSQL stands still", lambda cuts: cuts.stopped(DATABASE)),
        Trouble("the crowd's lines are reset", reset(Cuts.crowd)),
        Trouble("answers to the crowd are lost", lost_answers(Cuts.crowd)),
        Trouble("the crowd's lines are 0.3 s late", late(Cuts.crowd, 0.3)),
        Trouble("the crowd's lines are a hole", hole(Cuts.crowd, *both)),
        Trouble("a hub stands still", lambda cuts: cuts.stopped("hub one")),
        Trouble("the worker stands still", lambda cuts: cuts.stopped("worker"), WITHOUT_REDIS),
        Trouble("a hub is killed", lambda cuts: cuts.away("hub two", cuts.seconds), WITHOUT_A_HUB),
    ]


async def run(folder: Path, seconds: float, away: float, seed: int, only: str = "", calm: float = CALM) -> Report:
    """Sets a ward up in the folder and lets it suffer each trouble whose name has `only` in it."""
    async with wired(folder, datetime.now(UTC), PRESSERS) as (machines, lines):
        chosen = [one for one in troubles(away) if only in one.name]
        return await Cuts(machines, lines, seed, seconds, calm).go(chosen)


def main() -> int:
    """Runs from the command line; exit code 0 if nothing was lost, doubled, early or forgotten, and nobody waited."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.cuts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each trouble lasts")
    parser.add_argument("--away", type=float, default=60.0, help="how long Redis is gone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="those alone whose name has this in it")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.seconds, wanted.away, wanted.seed, wanted.only))
    return ordeal.told(report)


if __name__ == "__main__":
    sys.exit(main())
