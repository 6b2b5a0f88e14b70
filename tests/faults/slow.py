"""Makes a hub's disk slow, lets its syncs fail and sets its machine's clock, while buttons are pressed.

python -m tests.faults.slow

The syncs are those of SQLite itself, in the hub's own process. A PostgreSQL whose sync fails ends itself, as killed:
tests.faults.kill shows that; one whose commits are slow is shown by tests.faults.cuts.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import ordeal
from tests.faults.crowd import Address
from tests.faults.ordeal import Ordeal
from tests.faults.ward import wait_after
from tests.faults.ward_machines import Machines, one_hub

PRESSERS = 6
SLOW = 0.5
# Seconds by which the clock is set, one after the other.
SET_BY = (60, -60, 3600, -7200, 7200)
# A step's seconds, measured by those who are told of it: late by a commit and the way to them.
# Early only by a slow sync that kept the telling before it, and not its own.
EARLY, LATE = SLOW + 0.25, 4.0


@dataclass
class Report(ordeal.Report):
    """What a run did and found; it is good when `faults` is empty."""

    figures: dict[str, str] = field(default_factory=dict)

    def done(self) -> Mapping[str, str]:
        return self.figures


class Slow(Ordeal):
    """One hub in a world that is not as it should be."""

    def __init__(self, machines: Machines, world: Path, seconds: float, seed: int) -> None:
        self._world, self._seconds, self.report = world, seconds, Report()
        self._ahead = 0
        super().__init__(machines, seed, PRESSERS, Address(*machines.doors.values()), self.report)

    async def go(self) -> Report:
        await self.suffers()
        self.report.faults += self._wrong_waits()
        return self.report

    async def _hurt(self) -> None:
        (name,) = self._machines.hubs
        await self._starts(name)
        await self._accepted()
        await self._while(f"each sync takes {SLOW} s", slow=SLOW)
        refused = sum(one.put_off for one in self._pressers)
        await self._while("each sync fails", fails=True)
        if sum(one.put_off for one in self._pressers) == refused:
            self.report.faults.append("no press was refused while no sync was done")
        for ahead in SET_BY:
            self._ahead += ahead
            await self._while(f"the clock is set by {ahead:+} s")

    async def _while(self, name: str, slow: float = 0, fails: bool = False) -> None:
        """The world is so for a while; the clock stays where it was set."""
        before, refused = len(self._address.accepts), sum(one.put_off for one in self._pressers)
        says(self._world, slow, fails, self._ahead)
        await asyncio.sleep(self._seconds)
        accepted, refused = len(self._address.accepts) - before, sum(one.put_off for one in self._pressers) - refused
        says(self._world, 0, False, self._ahead)
        self.report.figures[name] = f"{accepted} accepted, {refused} asked to press again"
        await self._accepted()

    def _wrong_waits(self) -> Iterator[str]:
        """Steps that came too early or too late by a clock that nobody has set: when a phone heard of both."""
        waits = []
        for one in self._listeners:
            since: dict[str, tuple[int, float]] = {}
            for row in self.report.evidence.rows:
                if row.event not in ("raised", "escalated") or row.seq not in one.heard_at:
                    since.pop(row.subject, None)
                    continue
                if row.subject in since and row.event == "escalated":
                    step, heard = since[row.subject]
                    waits.append(one.heard_at[row.seq] - heard - wait_after(step))
                since[row.subject] = row.facts["step"], one.heard_at[row.seq]
        early, late = min(waits, default=0.0), max(waits, default=0.0)
        self.report.figures["steps timed by those told"] = f"{len(waits)}, between {early:+.2f} and {late:+.2f} s"
        if early < -EARLY or late > self._seconds + LATE:
            yield f"a step came {early:+.2f} s or {late:+.2f} s off its time"


def says(world: Path, slow: float = 0, fails: bool = False, ahead: float = 0) -> None:
    """Changes the world at once; whoever reads sees the old one or the new one."""
    written = world.with_suffix(".new")
    written.write_text(f"{slow} {fails:d} {ahead}", encoding="ascii")
    written.replace(world)


async def run(folder: Path, seconds: float, seed: int) -> Report:
    """Sets a ward up in the folder and lets each thing be wrong for so many seconds."""
    world = folder / "world"
    says(world)
    async with one_hub(folder, datetime.now(UTC), PRESSERS) as machines:
        machines.hubs["hub"].within = (sys.executable, "-P", "-m", "tests.faults.warped", str(world))
        return await Slow(machines, world, seconds, seed).go()


def main() -> int:
    """Runs from the command line; exit code 0 if nothing accepted was lost and no step came at a wrong time."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.slow", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each thing is wrong")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.seconds, wanted.seed))
    return ordeal.told(report)


if __name__ == "__main__":
    sys.exit(main())
