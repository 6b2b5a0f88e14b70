"""What the scenarios share: who is on duty, on which hubs, and how a run ends."""

import argparse
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .asking import add_where, ended, settled, told
from .locusts import PersonUser, swarm
from .nodes import serving
from .people import Crowd
from .report import Report, percentile
from .rounds import RoundBroken
from .site import BigSite
from .swarm import allow_many_files

PLACE = "rum-knap-0"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many milliseconds one lap may take in 99 of 100 cases."""

    name: str
    p99: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario: who does what, for how many people and how long, and what it may take."""

    name: str
    about: str
    users: type[PersonUser]
    people: int
    seconds: float
    budgets: Sequence[Budget]
    own: Sequence[tuple[str, float, str]] = ()
    """Options of its own as (name, default, help); each becomes an attribute of `users`."""

    def run(self, words: Sequence[str] | None = None) -> int:
        """Runs it and prints its table; 0 if everything was heard and every budget was kept."""
        asked = self._arguments(words)
        if asked.site:
            asked.site.write_text(BigSite(asked.people, 0).toml(datetime.now(UTC)), encoding="utf-8")
            return 0
        return ended(asked, self.measure)

    def _arguments(self, words: Sequence[str] | None) -> argparse.Namespace:
        parser = argparse.ArgumentParser(prog=f"python -m loadtests.{self.name}", description=self.about)
        parser.add_argument("--people", type=int, default=self.people, help="on duty, each with a phone")
        parser.add_argument("--seconds", type=float, default=self.seconds, help="run time at most")
        for name, default, meaning in self.own:
            parser.add_argument(f"--{name}", type=float, default=default, help=meaning)
        parser.add_argument("--host", nargs="+", metavar="URL", help="hubs that run already, with --tokens")
        parser.add_argument("--tokens", type=Path, help="their devices' tokens, as `hub setup --tokens` wrote them")
        parser.add_argument(
            "--site", type=Path, metavar="FILE", help="write the site file that they are set up with, and end"
        )
        add_where(parser)
        asked = settled(parser.parse_args(words))
        if bool(asked.host) != bool(asked.tokens):
            parser.error("--host and --tokens go together")
        return asked

    async def measure(self, asked: argparse.Namespace) -> Report:
        """Plays it, and holds what was heard to what was done."""
        report = Report(told(asked))
        allow_many_files()
        for name, _, _ in self.own:
            setattr(self.users, name, getattr(asked, name))
        async with _on(asked) as (urls, tokens), Crowd(urls, tokens, PLACE) as crowd:
            heard = await swarm(crowd, [self.users], asked.seconds)
            problems = heard.failures + await crowd.ends()
        for lap, nanoseconds in heard.laps.items():
            report.spread(lap, nanoseconds)
        for budget in self.budgets:
            laps = heard.laps.get(budget.name)
            if not laps:
                problems.append(f"nothing was measured of {budget.name}")
            else:
                report.figure(f"{budget.name}, p99", percentile(laps, 99) / 1e6, "ms", budget.p99)
        report.figure("people", len(crowd.people), "")
        report.figure("alarms raised", len(crowd.raised), "")
        if problems:
            raise RoundBroken("\n".join([report.text(), "", *problems[:10], f"{len(problems)} faults in all"]))
        report.figure("faults", 0, "", 0)
        return report


@asynccontextmanager
async def _on(asked: argparse.Namespace) -> AsyncIterator[tuple[list[str], dict[str, Any]]]:
    if asked.host:
        yield asked.host, json.loads(asked.tokens.read_text(encoding="utf-8"))
        return
    site = BigSite(asked.people, 0)
    with tempfile.TemporaryDirectory(prefix="load-", dir=asked.data) as folder:
        async with serving(Path(folder), [site], nodes=asked.nodes, database=asked.database) as on:
            yield on.urls, on.tokens[0]
