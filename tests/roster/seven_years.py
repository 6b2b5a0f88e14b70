"""Who is on duty at every half hour from 2024 to 2030, by the hub and by looking at the clock on the wall.

    python -m tests.roster.seven_years      through the database, all of the seven years; some minutes

Exit code 0 only if both say the same every time.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from hub.clock import ManualClock
from hub.people.setup import parse as parse_site
from hub.people.site import DutyState
from hub.people.store import site as read_site
from hub.roster.actions import Said, import_said, setup_site
from hub.roster.cache import DutyCache
from hub.roster.shift import Absence, OnDuty, Shift, on_duty
from hub.storage.database import Database
from tests.people.solgaarden import RULES
from tests.roster.desk import REGION, database_url
from tests.roster.outside import ZONE, site_toml
from tests.roster.reading import csv_said

PEOPLE, UNITS = 11, 2
BEGINS, ENDS = date(2024, 1, 1), date(2031, 1, 1)
HALF_HOUR = timedelta(minutes=30)
TURNS = (
    ("07:00", "15:00", DutyState.ACTIVE),
    ("15:00", "23:00", DutyState.ACTIVE),
    ("23:00", "07:00", DutyState.SLEEPING),
)
# In the last of these hours before the clocks change, and in the first after, everybody's bugs live.
NIGHT_TURN = 2


def who(day: date, turn: int, unit: int) -> str:
    return f"p{(day.toordinal() * 7 + turn * 3 + unit * 5) % PEOPLE}"


def away(person: str, day: date) -> bool:
    """Whether somebody is on leave all of that day."""
    return day.toordinal() % 13 == int(person[1:])


def roster(first: date, end: date) -> str:
    """The shifts and the leave of these days as a planner writes them: by the clock on the wall."""
    lines = ["person,unit,date,from,to,duty,absent"]
    for day in days(first, end):
        for turn, (begins, ends, duty) in enumerate(TURNS):
            lines += [f"{who(day, turn, n)},u{n},{day},{begins},{ends},{duty}," for n in range(UNITS)]
        lines += [f"p{n},,{day},00:00,24:00,,ferie" for n in range(PEOPLE) if away(f"p{n}", day)]
    return "\n".join(lines) + "\n"


def by_the_wall(at: datetime) -> tuple[OnDuty, ...]:
    """Who is on duty at a moment, found out by looking at the clock and the calendar and at nothing else."""
    wall = at.astimezone(ZONE)
    night = wall.hour >= 23 or wall.hour < 7
    turn = NIGHT_TURN if night else int(wall.hour >= 15)
    begun = wall.date() - timedelta(days=int(wall.hour < 7))
    duty = TURNS[turn][2]
    found = [OnDuty(who(begun, turn, unit), f"u{unit}", duty) for unit in range(UNITS)]
    return tuple(one for one in found if not away(one.person, wall.date()))


def half_hours(first: date, end: date) -> Iterator[datetime]:
    at = datetime.combine(first, datetime.min.time(), ZONE).astimezone(UTC) + timedelta(hours=8)
    last = datetime.combine(end, datetime.min.time(), ZONE).astimezone(UTC) - timedelta(hours=8)
    while at < last:
        yield at
        at += HALF_HOUR


def days(first: date, end: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((end - first).days))


def differing(said: Said, moments: Iterable[datetime]) -> list[datetime]:
    """The moments at which the rule and the wall differ; the moments come in order."""
    shifts = sorted(said.shifts, key=lambda one: one.starts)
    absences = sorted(said.absences, key=lambda one: one.starts)
    now_shifts: list[Shift] = []
    now_absences: list[Absence] = []
    wrong = []
    for at in moments:
        while shifts and shifts[0].starts <= at:
            now_shifts.append(shifts.pop(0))
        while absences and absences[0].starts <= at:
            now_absences.append(absences.pop(0))
        now_shifts = [one for one in now_shifts if one.ends > at]
        now_absences = [one for one in now_absences if one.ends > at]
        if on_duty(now_shifts, at, now_absences) != by_the_wall(at):
            wrong.append(at)
    return wrong


async def prepared(database: Database, first: date, end: date) -> Said:
    """Imports the roster of these days, and gives it back."""
    clock = ManualClock(datetime(2024, 1, 1, tzinfo=UTC))
    await setup_site(database, parse_site(site_toml(PEOPLE, UNITS)), RULES, clock)
    async with database.read() as tx:
        site = await read_site(tx, REGION)
    said = csv_said(roster(first, end), site)
    await import_said(database, REGION, "csv", said, clock)
    return said


async def differing_in(database: Database, moments: Sequence[datetime]) -> list[datetime]:
    """The moments at which the database, asked as a press asks it, and the wall differ."""
    cache, wrong = DutyCache(), []
    async with database.read() as tx:
        for at in moments:
            duty = await cache.get(tx, REGION, at)
            if duty.on_duty != by_the_wall(at) or not duty.holds(at):
                wrong.append(at)
    return wrong


async def whole(folder: Path) -> bool:
    database = await Database.open(database_url(folder))
    said = await prepared(database, BEGINS, ENDS)
    moments = list(half_hours(BEGINS, ENDS))
    wrong = await differing_in(database, moments)
    await database.close()
    click.echo(
        f"{len(said.shifts)} shifts and {len(said.absences)} absences, {len(moments)} half hours: "
        f"{len(wrong)} differ {[f'{at:%Y-%m-%d %H:%M}' for at in wrong[:5]]}"
    )
    return not wrong


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        sys.exit(0 if asyncio.run(whole(Path(made))) else 1)
