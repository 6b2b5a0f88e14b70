"""Brings a municipality's roster in through every source, twice, and then what changed; says what that took.

    python -m tests.roster.roundtrip            200 people, 12 units, 8 weeks; then 100,000 shifts
    python -m tests.roster.roundtrip --people 20 --weeks 2 --shifts 5000

Exit code 0 only if nothing was doubled or lost, and every change landed as it was meant.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime
from pathlib import Path

import click

from hub.clock import ManualClock
from hub.roster.difference import Imported
from hub.storage.database import Database
from tests.roster.desk import Bring, Desk, database_url, emptied
from tests.roster.outside import ZONE, Turn, csv_text, delta, site_toml, turns

FIRST = date(2026, 10, 5)  # the night when the clocks go back is among them
NOON = datetime(2026, 10, 5, 12, tzinfo=ZONE)


def main() -> int:
    words = argparse.ArgumentParser(description="Round trips through every source of rosters.")
    words.add_argument("--people", type=int, default=200)
    words.add_argument("--units", type=int, default=12)
    words.add_argument("--weeks", type=int, default=8)
    words.add_argument("--shifts", type=int, default=100_000, help="in the one large file; 0 leaves it out")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        good = asyncio.run(round_trips(Path(folder), asked.people, asked.units, asked.weeks))
        if asked.shifts:
            good = large(Path(folder), asked.shifts) and good
    click.echo("all as it was meant" if good else "NOT as it was meant")
    return 0 if good else 1


async def round_trips(folder: Path, people: int, units: int, weeks: int) -> bool:
    """Each source: the roster, the roster again, what changed, and that again."""
    roster = turns(people, units, FIRST, 7 * weeks)
    changed = delta(roster)
    click.echo(f"{people} people, {units} units, {weeks} weeks: {len(roster)} shifts; then {_changes(roster, changed)}")
    click.echo(f"{'source':<9}{'first':>9}{'again':>9}{'delta':>9}{'again':>9}   what the hub says of each")
    good = True
    async with AsyncExitStack() as stack:
        database = await Database.open(database_url(folder))
        stack.push_async_callback(database.close)
        desk = await stack.enter_async_context(Desk(database, ManualClock(NOON), people, units))
        for name, bring in (await desk.sources()).items():
            good = await _one(desk, name, bring, roster, changed) and good
            await emptied(desk, name)
    click.echo(f"largest this process has been: {_largest(resource.RUSAGE_SELF)} MiB")
    return good


async def _one(desk: Desk, name: str, bring: Bring, roster: Sequence[Turn], changed: Sequence[Turn]) -> bool:
    took: list[float] = []
    said: list[Imported] = []
    right: list[bool] = []
    for told in (roster, roster, changed, changed):
        desk.clock.advance(1)
        began = time.perf_counter()
        said.append(await bring(told))
        took.append(time.perf_counter() - began)
        right.append(await desk.stands(name) == sorted(one.meant for one in told))
    again = all(one.nothing and one.unchanged == len(told) for one, told in ((said[1], roster), (said[3], changed)))
    lines = ", ".join(f"+{one.added} ~{one.changed} -{one.removed} ={one.unchanged}" for one in said)
    verdict = "" if all(right) and again else "   WRONG"
    click.echo(f"{name:<9}{''.join(f'{one:>8.2f}s' for one in took)}   {lines}{verdict}")
    return all(right) and again


def _changes(before: Sequence[Turn], after: Sequence[Turn]) -> str:
    was = {one.id: one for one in before}
    moved = sum(was[one.id].meant != one.meant for one in after)
    zones = sum(was[one.id].zone != one.zone for one in after)
    return f"{len(before) - len(after)} deleted, {moved} moved (of these {zones} into another time zone)"


def large(folder: Path, many: int) -> bool:
    """One file with very many shifts, by the command that an operator types, as a process of its own."""
    people = 400
    roster = turns(people, 12, date(2026, 1, 1), many * 7 // (5 * people) + 8)[:many]
    data = folder / "large"
    for name, text in (("site.toml", site_toml(people, 12)), ("large.csv", csv_text(roster))):
        (folder / name).write_text(text, encoding="utf-8")
    click.echo(
        f"{len(roster):,} shifts in one CSV file of {(folder / 'large.csv').stat().st_size >> 10} KiB, by the commands:"
    )
    _command(data, "setup", str(folder / "site.toml"), "--tokens", str(folder / "tokens.json"))
    spoken = [_command(data, "roster", "import", str(folder / "large.csv")) for _ in range(2)]
    click.echo(f"largest of these processes: {_largest(resource.RUSAGE_CHILDREN)} MiB")
    first, again = f"{len(roster)} new, 0 changed", f"0 new, 0 changed, 0 removed, {len(roster)} as they were"
    return first in spoken[0] and again in spoken[1]


def _command(data: Path, *words: str) -> str:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "hub", *words],
        env={"HUB_DATA": str(data), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout or done.stderr).strip().splitlines()
    click.echo(
        f"  {time.perf_counter() - began:>6.2f}s  hub {words[0]} {words[1] if words[0] == 'roster' else ''}: {said[0]}"
    )
    return done.stdout


def _largest(of: int) -> int:
    return resource.getrusage(of).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
