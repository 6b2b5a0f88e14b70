"""The noisy neighbour: what one institution's alarm takes alone, and while another raises tens of thousands."""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import uniform

from .asking import add_where, ended, settled, told
from .hubprocess import child_environment, stay_on, tied_to
from .nodes import Nodes, over_all, serving
from .noise import AN_HOUR, BURST, SHAPES
from .report import Report, percentile
from .rounds import Raiser, RoundBroken, Sample, all_clear, one_alarm
from .site import BigSite
from .swarm import LightClient, allow_many_files

WARM_UP = 20
MOST_TIMES = 2.0
_GAP = (0.05, 0.25)  # seconds between two presses, at no rhythm that the noise could have as well
_WORDS = {
    "even": f"{AN_HOUR:,} an hour, evenly",
    "bursts": f"{AN_HOUR:,} an hour, {BURST} at once",
    "most": "as many as the hub takes",
}


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.neighbour", description=__doc__)
    parser.add_argument("--presses", type=int, default=120, help="of the quiet institution, for each kind of noise")
    parser.add_argument("--responders", type=int, default=20, help="on duty in each institution")
    parser.add_argument("--raisers", type=int, default=32, help="devices that press in the busy one")
    parser.add_argument(
        "--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="kinds of noise, in this order"
    )
    add_where(parser)
    return settled(parser.parse_args(words))


async def measure(asked: argparse.Namespace) -> Report:
    """Presses alone, then beside each kind of noise."""
    report = Report(told(asked))
    allow_many_files()
    stay_on(asked.own_core)
    sites = [
        BigSite(asked.responders, 0, institution="stille"),
        BigSite(asked.responders, 0, asked.raisers, institution="travl"),
    ]
    with tempfile.TemporaryDirectory(prefix="neighbour-", dir=asked.data) as folder:
        async with (
            serving(Path(folder), sites, nodes=asked.nodes, database=asked.database, cores=asked.hub_cores) as on,
            over_all(on.urls) as connect,
        ):
            raisers, responders = await connect([on.tokens[0]["knap-0"]]), await connect(_phones(on, sites[0]))
            quiet = Quiet(Raiser(raisers[0]), responders)
            await quiet.presses(WARM_UP)
            gc.collect()
            gc.disable()
            alone = await quiet.presses(asked.presses)
            _say(report, "alone", alone)
            for shape in asked.shapes:
                async with _noise(on, Path(folder), shape, asked.own_core) as heard:
                    beside = await quiet.presses(asked.presses)
                report.figure(f"{_WORDS[shape]}: accepted", heard["accepted"] / heard["seconds"], "/s")
                _say(report, shape, beside)
                _compare(report, shape, alone, beside)
            gc.enable()
    return report


def _phones(on: Nodes, site: BigSite) -> list[str]:
    return [on.tokens[0][device] for device in site.responding]


class Quiet:
    """The institution where nothing happens but one alarm now and then."""

    def __init__(self, raiser: Raiser, responders: Sequence[LightClient]) -> None:
        self._raiser, self._responders = raiser, responders

    async def presses(self, count: int) -> list[Sample]:
        """Raises one alarm at a time and clears it before the next."""
        samples = []
        for _ in range(count):
            await asyncio.sleep(uniform(*_GAP))
            alarm, sample = await one_alarm(self._raiser, self._responders)
            samples.append(sample)
            await asyncio.sleep(uniform(*_GAP))
            await all_clear(self._raiser, self._responders, alarm)
        return samples


@asynccontextmanager
async def _noise(on: Nodes, folder: Path, shape: str, core: int) -> AsyncIterator[dict[str, float]]:
    """Noise while the block lasts; afterwards the dictionary says how much it was."""
    tokens = folder / "busy.json"
    tokens.write_text(json.dumps(on.tokens[1]), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "loadtests.noise", "--urls", *on.urls, "--tokens", str(tokens), "--shape", shape,
        env=child_environment(), stdin=PIPE, stdout=PIPE, preexec_fn=tied_to(os.getpid(), {core}),
    )  # fmt: skip
    heard: dict[str, float] = {}
    try:
        if process.stdin is None or process.stdout is None or not await process.stdout.readline():
            raise RoundBroken("the noise did not begin")
        await asyncio.sleep(1)
        yield heard
        process.stdin.close()
        heard.update(json.loads(await process.stdout.readline() or "{}"))
        if await process.wait() or not heard:
            raise RoundBroken(f"the busy institution's alarms ({shape}) were not all heard")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _say(report: Report, name: str, samples: Sequence[Sample]) -> None:
    report.spread(f"{name}: press → accepted", [one.accepted for one in samples])
    report.spread(f"{name}: press → shown, last", [one.last for one in samples])


def _compare(report: Report, shape: str, alone: Sequence[Sample], beside: Sequence[Sample]) -> None:
    for part in (50, 95):
        times = percentile([one.last for one in beside], part) / percentile([one.last for one in alone], part)
        # Nobody has promised that as much as the hub takes disturbs nobody.
        report.figure(f"{shape}: last shown p{part} / alone", times, "×", MOST_TIMES if shape != "most" else None)


def main(words: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 if every budget was kept."""
    return ended(_arguments(words), measure)


if __name__ == "__main__":
    sys.exit(main())
