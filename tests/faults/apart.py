"""Cuts two hubs off from each other while both see the database, and shows that no step was taken twice or passed over.

python -m tests.faults.apart --seconds 20

As root each hub has a network of its own; for anybody else, and for what gets lost now and then, a bad line plays it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.faults import ordeal
from tests.faults.badline import BadLine, Lines, wired
from tests.faults.cuts import CALM, PRESSERS, WITHOUT_REDIS, Cuts, Report, Trouble, hurting
from tests.faults.networks import HubElsewhere, Network, NoNetworks, two_networks
from tests.faults.ward_machines import Machines, two_hubs

BOTH_WAYS = ("asks", "answers")
LOSS = 0.1


@dataclass(frozen=True)
class Scene:
    """Two hubs with what lies between them; without networks of their own, lines alone."""

    machines: Machines
    lines: Lines
    networks: tuple[Network, ...]

    async def without_redis(self, hubs: Collection[int], ways: Collection[str], cuts: Cuts) -> None:
        """These hubs hear nothing of the others, or are not heard, for a while."""
        async with AsyncExitStack() as stack:
            for number in hubs:
                if self.networks:
                    stack.enter_context(self.networks[number].without_redis(ways))
                else:
                    (line,) = await stack.enter_async_context(hurting([self._to_redis(number)]))
                    line.swallows = frozenset(ways)
            await asyncio.sleep(cuts.seconds)

    async def lossy(self, cuts: Cuts) -> None:
        """Something gets lost on every line, and comes later."""
        async with hurting(list(self.lines.values())) as lines:
            for line in lines:
                line.loss = LOSS
            await asyncio.sleep(cuts.seconds)

    def _to_redis(self, number: int) -> BadLine:
        return self.lines[f"hub {('one', 'two')[number]} to redis"]

    def troubles(self) -> list[Trouble]:
        """Everything, one after the other."""
        cut = self.without_redis
        return [
            Trouble("both cut off", partial(cut, (0, 1), BOTH_WAYS), WITHOUT_REDIS),
            Trouble("one cut off", partial(cut, (0,), BOTH_WAYS), WITHOUT_REDIS),
            Trouble("one hears nothing", partial(cut, (0,), ("answers",)), WITHOUT_REDIS),
            Trouble("one is not heard", partial(cut, (1,), ("asks",)), WITHOUT_REDIS),
            Trouble(f"{LOSS:.0%} gets lost", self.lossy),
        ]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """The ward over two networks, or over lines where we may make none."""
    now = datetime.now(UTC)
    async with AsyncExitStack() as stack:
        try:
            networks = stack.enter_context(two_networks())
        except NoNetworks:
            yield Scene(*await stack.enter_async_context(wired(folder, now, PRESSERS)), ())
            return
        lines: dict[str, BadLine] = {}
        of = dict(zip(("hub one", "hub two"), networks, strict=True))

        async def through(way: str, port: int) -> str:
            who, _, what = way.partition(" to ")
            if what in of:
                line = BadLine(port, there=of[what].hub)
            elif who in of:
                line = BadLine(port, here=of[who].redis if what == "redis" else of[who].database)
            else:
                line = BadLine(port)
            lines[way] = await stack.enter_async_context(line)
            return f"{line.host}:{line.port}"

        def made(where: Path, settings: Mapping[str, str]) -> HubElsewhere:
            return HubElsewhere(where, settings, of[f"hub {where.name}"])

        machines = await stack.enter_async_context(two_hubs(folder, now, PRESSERS, through, made))
        yield Scene(machines, lines, networks)


async def run(folder: Path, seconds: float, seed: int, calm: float = CALM) -> Report:
    """Sets a ward up in the folder and cuts its hubs apart in every way."""
    async with scene(folder) as here:
        cuts = Cuts(here.machines, here.lines, seed, seconds, calm)
        cuts.report.figures["cut by"] = "networks of their own" if here.networks else "bad lines"
        return await cuts.go(here.troubles())


def main() -> int:
    """Runs from the command line; exit code 0 if nothing was lost, doubled, early or forgotten."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.apart", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each cut lasts")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), wanted.seconds, wanted.seed))
    return ordeal.told(report)


if __name__ == "__main__":
    sys.exit(main())
