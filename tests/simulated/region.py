"""A year of forty institutions on one hub whose clock only the simulation moves: `python -m tests.simulated.region`.

The hub is the real one, with its database, chores and rules. Alarms, answers, rosters, kills and a gateway that fails
fall as the seed throws them; the same seed makes the same journals, of which a digest is printed.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import quantiles
from uuid import UUID

import uvloop

from hub.alarms import store
from hub.alarms.alarm import Alarm, Said
from hub.alarms.outcome import Cleared, Outcome
from hub.alarms.trigger import Trigger
from hub.clock import instant
from hub.people.setup import parse
from hub.ports import Notice, NotNow
from hub.roster.actions import setup_site
from hub.storage import journal, migrate
from tests.scenarios.world import SmsGateway
from tests.simulated.almanac import DAY, HOUR, Rosters, moment, week
from tests.simulated.course import Course, Script
from tests.simulated.rosterdesk import imports
from tests.simulated.story import Teller
from tests.simulated.ward import A_LOOK, MEMORY, RULES, Ward, quietly, site_text

SECOND = timedelta(seconds=1)
# Every step, and the last resort twice.
NOBODY_COMES = (20 + 30 + 40 + 60 + 60) * SECOND
FORGOTTEN_TWICE = (2 * 120 + 20) * SECOND
# Nobody here has a device: that too few would hear would be said all the year round.
_RULES = RULES.replace("minimum_reach = 1", "minimum_reach = 0")
# Of the sends, so many find a gateway that is too busy.
BUSY = 0.05
AWAY_A_YEAR = 100
# Alarms and what is to be sent, and not the asking for tests: nobody here has a device that could be asked.
_DUE = """
SELECT min(due) AS due FROM (
    SELECT min(escalates_at) AS due FROM alarm WHERE state != 'resolved' AND escalates_at IS NOT NULL
    UNION ALL SELECT min(due_at) FROM outbox WHERE done_at IS NULL
)
"""
# A test's own id is made by chance, and is no part of what a seed decides.
_STORY = """
SELECT institution, at, event, subject, actor FROM journal WHERE subject IN (SELECT id FROM alarm)
ORDER BY institution, seq
"""


@dataclass(frozen=True)
class Lived:
    """What happened, how late it was, what should not have happened, and the journals in one word."""

    counted: Counter[str]
    late: list[float]
    breaches: list[str]
    digest: str


class BusyGateway(SmsGateway):
    """Takes most of what it is given."""

    def __init__(self, rng: Random) -> None:
        super().__init__()
        self._rng = rng

    async def send(self, notice: Notice, address: str) -> str | None:
        if self._rng.random() < BUSY:
            raise NotNow("too busy", 2)
        self.sent.clear()
        return await super().send(notice, address)


class Hub(Ward):
    """One hub for many institutions."""

    def due(self) -> datetime | None:
        (row,) = self.database.asked(_DUE)
        return instant(row["due"]) if row["due"] is not None else None


class Region(Course):
    """All its institutions' days and nights."""

    def __init__(self, hub: Hub, end: datetime, names: Sequence[str], rng: Random) -> None:
        super().__init__(hub, end)
        self.rng = rng
        self.tokens: dict[str, dict[str, str]] = {}
        self.rosters = {name: Rosters() for name in names}
        self.breaches: list[str] = []
        self.late: list[float] = []
        self._heard: Counter[str] = Counter()

    def breach(self, what: str) -> None:
        self.breaches.append(f"{self.now:%Y-%m-%d %H:%M:%S.%f} {what}")

    async def looks(self) -> None:
        """Nothing that was due may stand undone."""
        due = self.ward.due()
        if due is not None and self.now > self.ward.latest(due):
            self.breach(f"something was due at {due} and is not done")

    async def opens(self, first: date) -> None:
        """Every institution is set up, and has its roster from now on."""
        for name, rosters in self.rosters.items():
            done = await setup_site(self.ward.database, parse(site_text(name)), _RULES, self.ward.clock)
            self.tokens[name] = dict(done.tokens)
            self.begins(self.weeks(name, rosters, first - timedelta(days=first.weekday())))

    async def weeks(self, name: str, rosters: Rosters, monday: date) -> Script:
        """Each week's roster is imported before it begins."""
        while True:
            turns = week(self.rng, monday)
            rosters.writes(monday, turns)
            await imports(self.ward, turns, name)
            monday += timedelta(days=7)
            yield moment(datetime.combine(monday, datetime.min.time())) - self.rng.uniform(6, 18) * HOUR

    async def alarm(self, name: str, number: int) -> Script:
        """Somebody presses; somebody comes, or nobody, or they forget; in the end the manager gives the all clear."""
        verbs = self.ward.services.alarms
        staff = sorted({person for person, unit, duty in self.rosters[name].on_duty(self.now) if unit == "nord"})
        if not staff:
            return
        which = str(UUID(int=number))
        pressed = Trigger(which, self.rng.choice(("alarm", "assist", "silent")))
        await verbs.raise_alarm(self._token(name, self.rng.choice(staff)), pressed)
        self.ward.counted["alarms"] += 1
        ending = self.rng.choice(("comes", "nobody", "nobody", "cannot", "forgets"))
        if ending == "nobody":
            yield self.now + NOBODY_COMES + self.rng.uniform(1, 50) * SECOND
        elif ending == "cannot":
            yield self.now + 4 * SECOND
            await self._say(name, await self._alarm(name, which), Said.CANNOT)
            yield self.now + self.rng.uniform(1, 120) * SECOND
        else:
            yield self.now + self.rng.uniform(2, 75) * SECOND
            await self._say(name, await self._alarm(name, which), Said.COMING, most=1)
            if ending == "forgets":
                yield self.now + FORGOTTEN_TWICE
            yield self.now + self.rng.uniform(5, 100) * SECOND
        alarm = await self._alarm(name, which)
        await self.ward.services.alarms.resolve(self._token(name, "leif"), which, alarm.version, Cleared(Outcome.FALSE))
        await self._hears_the_story(name, which)

    async def away(self) -> Script:
        """The hub is killed, and comes back some seconds or minutes later."""
        await self.ward.is_away(self.rng.choice((1, 20, 400)) * self.rng.uniform(0.5, 1.5))
        yield self.now + A_LOOK

    async def ends(self) -> str:
        """Every journal verifies and holds no alarm whose story was not heard; gives what they all say in one word."""
        digest = sha256()
        async with self.ward.database.read() as tx:
            for name in self.rosters:
                verdict = await journal.verify(tx, name)
                if not verdict.whole:
                    self.breach(f"the journal of {name}: {verdict.fault}")
                self.ward.counted["journal rows, verified"] += verdict.rows
        for row in self.ward.database.asked(_STORY):
            digest.update(repr(tuple(row)).encode())
        for row in self.ward.database.asked("SELECT institution, count(*) AS alarms FROM alarm GROUP BY institution"):
            if row["alarms"] != self._heard[row["institution"]]:
                self.breach(f"{row['institution']} has {row['alarms']} alarms, not {self._heard[row['institution']]}")
        return digest.hexdigest()[:16]

    def _token(self, name: str, person: str) -> str:
        return self.tokens[name][f"phone-{person}"]

    async def _alarm(self, name: str, which: str) -> Alarm:
        async with self.ward.database.read() as tx:
            found = await store.find(tx, name, which)
        assert found is not None
        return found

    async def _say(self, name: str, alarm: Alarm, said: Said, most: int = 99) -> None:
        people = [who for who in alarm.told if f"phone-{who}" in self.tokens[name]]
        for who in people[:most]:
            await self.ward.services.alarms.answer(self._token(name, who), alarm.id, said, alarm.version)

    async def _hears_the_story(self, name: str, which: str) -> None:
        async with self.ward.database.read() as tx:
            entries = await journal.about(tx, name, which)
        teller = Teller(self.ward, self.rosters[name], entries)
        for fault in teller.faults():
            self.breach(f"{name}, alarm {which}: {fault}")
        self.late += teller.late
        self.ward.counted["steps taken"] += teller.steps
        self._heard[name] += 1


async def lives(
    folder: Path, template: Path, first: date, days: int, institutions: int, alarms: int, seed: int
) -> Lived:
    """The days of the region from midnight of the first, with so many alarms in all."""
    start, end = (moment(datetime.combine(first + timedelta(days=n), datetime.min.time())) for n in (0, days))
    rng = Random(seed)
    names = [f"house-{n:02}" for n in range(institutions)]
    async with quietly(Hub(folder, template, start, [BusyGateway(rng)])) as hub:
        region = Region(hub, end, names, rng)
        await region.opens(first)
        for number in range(alarms):
            pressed = start + HOUR + rng.random() * (end - start - 2 * HOUR)
            region.begins(region.alarm(rng.choice(names), number), pressed)
        for _ in range(max(1, round(AWAY_A_YEAR * days / 365))):
            region.begins(region.away(), start + rng.random() * (end - start - DAY / 24))
        await region.goes_on()
        digest = await region.ends()
        return Lived(hub.counted, region.late, region.breaches, digest)


def show(lived: Lived, seconds: float) -> None:
    """The table of counts, how late it was, and every breach."""
    sys.stdout.writelines(f"  {name:<40}{number:>10,}\n" for name, number in sorted(lived.counted.items()))
    late = quantiles([*lived.late, 0, 0], n=100, method="inclusive")[98]
    sys.stdout.write(f"  {'escalated or told again when due':<40}{len(lived.late):>10,}\n")
    sys.stdout.write(f"\nearliest {min(lived.late, default=0):.3f} s after it was due, p99 {late:.3f} s, ")
    sys.stdout.write(f"latest {max(lived.late, default=0):.3f} s (of a hub that was there)\n")
    sys.stdout.write(f"{len(lived.breaches)} breaches, {seconds:.0f} s, journals {lived.digest}\n")
    sys.stdout.writelines(f"  {breach}\n" for breach in lived.breaches[:50])


def main() -> int:
    parser = argparse.ArgumentParser(description="Lives a region's year and holds every alarm against the rules.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=date.fromisoformat, default=date(2026, 1, 1))
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--institutions", type=int, default=40)
    parser.add_argument("--alarms", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        template = Path(folder) / "empty.db"
        migrate.upgrade(template)
        began = time.perf_counter()
        lived = uvloop.run(
            lives(Path(folder) / "hub", template, given.first, given.days, given.institutions, given.alarms, given.seed)
        )
        show(lived, time.perf_counter() - began)
    return 1 if lived.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
