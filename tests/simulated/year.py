"""A year of one unit on a clock that only the simulation moves: `python -m tests.simulated.year --seed 1`.

The hub is the real one, with its database, chores, rules and live sockets; people and devices do what the seed says.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import uvloop

from hub.storage import migrate
from tests.scenarios.world import SmsGateway
from tests.simulated.almanac import Rosters, moment
from tests.simulated.judge import Judge
from tests.simulated.life import Life
from tests.simulated.troubles import Troubles
from tests.simulated.ward import MEMORY, RULES, PushHouse, a_ward, site_text


@dataclass(frozen=True)
class Lived:
    """What happened, what was claimed of people's reach, and what should not have happened."""

    counted: Counter[str]
    claims: Counter[str]
    breaches: list[str]


async def lives(folder: Path, template: Path, first: date, days: int, seed: int) -> Lived:
    """The days of one unit from midnight of the first."""
    start, end = (moment(datetime.combine(first + timedelta(days=n), datetime.min.time())) for n in (0, days))
    channels = (SmsGateway(), PushHouse())
    async with a_ward(folder, template, start, channels, site_text(), RULES) as ward:
        rosters, rng = Rosters(), Random(seed)
        judge = Judge(ward, rosters)
        life = Life(ward, rosters, judge, rng, end)
        life.begins(life.weeks(first - timedelta(days=first.weekday())))
        life.begins(life.bells(first))
        Troubles(life).fall_on(start, end)
        await life.goes_on()
        await judge.ends()
        return Lived(ward.counted, judge.claims, judge.breaches)


def show(lived: Lived, seconds: float, busy: float) -> None:
    """The table of counts, and every breach."""
    for title, counts in (("What happened", lived.counted), ("What reach said of people, stop by stop", lived.claims)):
        sys.stdout.write(f"\n{title}\n")
        sys.stdout.writelines(f"  {name:<56}{number:>10,}\n" for name, number in sorted(counts.items()))
    sys.stdout.write(f"\n{len(lived.breaches)} breaches, {seconds:.1f} s, of which the processor worked {busy:.1f} s\n")
    sys.stdout.writelines(f"  {breach}\n" for breach in lived.breaches[:50])


def main() -> int:
    parser = argparse.ArgumentParser(description="Lives a unit's year and checks it at every stop of the clock.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=365)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        template = Path(folder) / "empty.db"
        migrate.upgrade(template)
        began, busy = time.perf_counter(), time.process_time()
        lived = uvloop.run(lives(Path(folder) / "ward", template, given.first, given.days, given.seed))
        show(lived, time.perf_counter() - began, time.process_time() - busy)
    return 1 if lived.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
