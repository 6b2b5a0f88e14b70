"""Hurts a hub in every way that strangers and broken devices can, and raises alarms meanwhile.

    python -m tests.faults.hostile --silent 10000

Prints how each was refused, and what an alarm took from the press to the last responder's phone
before it and during it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from loadtests.rounds import Raiser, all_clear, one_alarm
from loadtests.swarm import LightClient, Swarm, allow_many_files
from tests.faults.attacks import ATTACKS, Attack, Target
from tests.faults.ward import SLOW_RULES, device_of, hub_in, written

RESPONDERS = ("bo", "carl")


@dataclass
class Scene:
    """A hub with people on duty, and somebody who presses."""

    target: Target
    raiser: Raiser
    responders: list[LightClient]
    taken: list[float] = field(default_factory=list)

    async def alarms(self, count: int) -> None:
        """Raises alarms one by one, each heard by every responder and accepted, and notes what each took."""
        for _ in range(count):
            alarm, sample = await one_alarm(self.raiser, self.responders)
            self.taken.append(sample.last / 1e6)
            await all_clear(self.raiser, self.responders, alarm)

    async def suffers(self, attack: Attack, size: int, count: int) -> str:
        """How the attack was refused; alarms were raised and heard in the midst of it."""
        return await attack.does(self.target, lambda: self.alarms(count), size)


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """A ward on duty in the folder, with its hub serving."""
    hub = hub_in(folder)
    tokens = await hub.setup(written(folder, datetime.now(UTC), 2, SLOW_RULES))
    async with hub, Swarm(hub.url) as swarm:
        (button,) = await swarm.connect([tokens["knap-1"]])
        responders = await swarm.connect([tokens[device_of(one)] for one in RESPONDERS])
        yield Scene(Target(hub, tokens, folder), Raiser(button), responders)
    if await hub.ended() != 0:
        raise AssertionError(f"the hub's exit code was {await hub.ended()}: {hub.last_words()}")


async def measured(folder: Path, silent: int, count: int) -> AsyncIterator[str]:
    """The table, line by line: what happened, and milliseconds before and during."""
    async with scene(folder) as here:
        await here.alarms(count)  # warm
        for attack in ATTACKS:
            size = silent if attack.name == "silent connections" else 10
            here.taken = []
            await here.alarms(count)
            before, here.taken = here.taken, []
            refusal = await here.suffers(attack, size, count)
            yield f"{attack.name:<24} before {_figures(before)}   during {_figures(here.taken)}   {refusal}"


def _figures(taken: list[float]) -> str:
    cuts = quantiles(taken, n=20)
    return f"p50 {cuts[9]:5.1f} p95 {cuts[18]:6.1f} ms"


async def _print(silent: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async for line in measured(Path(folder), silent, count):
            sys.stdout.write(line + "\n")


def main() -> int:
    """Runs from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hostile", description=__doc__)
    parser.add_argument("--silent", type=int, default=10_000, help="connections that say nothing")
    parser.add_argument("--alarms", type=int, default=100, help="alarms before and during each attack")
    wanted = parser.parse_args()
    if allow_many_files() < wanted.silent + 200:
        sys.stderr.write("This system allows too few open files for so many connections: raise ulimit -n.\n")
        return 2
    asyncio.run(_print(wanted.silent, wanted.alarms))
    return 0


if __name__ == "__main__":
    sys.exit(main())
