from datetime import timedelta

import pytest

from hub.clock import ManualClock
from hub.errors import HubError, Invalid, NotFound
from hub.people.site import DutyState
from hub.people.store import site, versions
from hub.roster import store
from hub.roster.actions import Said, import_said
from hub.roster.difference import Imported
from hub.roster.events import RosterChanged
from hub.roster.shift import Shift
from hub.storage import journal
from hub.storage.database import Database
from tests.databases import on_both
from tests.people.solgaarden import MORNING, OPEN_SITE, SHIFTS, set_up
from tests.roster.reading import csv_said

pytestmark = on_both

HEADINGS = "person,unit,from,to,duty\n"
MONDAY = """\
jette,nord,2026-11-23 07:00,2026-11-23 15:00,active
omar,nord,2026-11-23 15:00,2026-11-23 23:00,active
karen,nord,2026-11-23 23:00,2026-11-24 07:00,sleeping
"""
TUESDAY = "jette,nord,2026-11-24 06:45,2026-11-24 15:00,active\n"
SOUTH = "karen,syd,2026-11-23 07:00,2026-11-23 15:00,standby\n"


@pytest.fixture(autouse=True)
async def _solgaarden(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)


async def test_the_same_file_again_changes_nothing(database: Database, clock: ManualClock) -> None:
    assert await bring(database, clock, MONDAY) == Imported(added=3, changed=0, removed=0, unchanged=0)
    before = await roster(database)
    assert await bring(database, clock, MONDAY) == Imported(added=0, changed=0, removed=0, unchanged=3)
    assert await roster(database) == before


@pytest.mark.parametrize("line", [0, 1, 2])
async def test_a_line_that_has_left_the_file_leaves_the_roster(
    database: Database, clock: ManualClock, line: int
) -> None:
    await bring(database, clock, MONDAY)
    lines = MONDAY.splitlines(keepends=True)
    gone = lines.pop(line)
    assert (await bring(database, clock, "".join(lines))).removed == 1
    assert gone.split(",")[0] not in {one.person for one in await roster(database)}


async def test_a_file_says_nothing_about_other_days_and_other_units(database: Database, clock: ManualClock) -> None:
    for rows in (MONDAY, TUESDAY, SOUTH):
        await bring(database, clock, rows)
    assert len(await roster(database)) == 5
    for rows in (SOUTH, TUESDAY, MONDAY):
        assert (await bring(database, clock, rows)).removed == 0
    assert len(await roster(database)) == 5


async def test_a_shift_with_an_id_is_moved_and_not_doubled(database: Database, clock: ManualClock) -> None:
    headings = "id,person,unit,from,to,duty\n"
    await bring(database, clock, "A1,jette,nord,2026-11-23 07:00,2026-11-23 15:00,active\n", headings)
    done = await bring(database, clock, "A1,omar,syd,2026-11-25 08:00,2026-11-25 15:00,standby\n", headings)
    assert done == Imported(added=0, changed=1, removed=0, unchanged=0)
    (shift,) = await roster(database)
    assert (shift.person, shift.unit, shift.duty) == ("omar", "syd", DutyState.STANDBY)


async def test_another_sources_shifts_are_left_alone(database: Database, clock: ManualClock) -> None:
    await bring(database, clock, MONDAY)
    other = Shift.of("plan", "jette", "nord", MORNING, MORNING + timedelta(hours=1), DutyState.ACTIVE)
    await import_said(database, "solgaarden", "plan", Said([other]), clock)
    assert len(await roster(database)) == 3
    async with database.read() as tx:
        assert set(await store.of_source(tx, "solgaarden", "plan")) == {other.id}
        assert len(await store.of_source(tx, "solgaarden", "site")) == 2


async def test_an_import_is_journalled_announced_and_out_dates_the_caches(
    database: Database, clock: ManualClock
) -> None:
    heard: list[object] = []
    database.listen(heard.extend)
    await bring(database, clock, MONDAY)
    assert [one for one in heard if isinstance(one, RosterChanged)] == [RosterChanged("solgaarden", 2)]
    async with database.read() as tx:
        assert await versions(tx, "solgaarden") == (1, 2)
        (*_, last) = await journal.after(tx, "solgaarden", 0, 10)
    assert (last.event, last.subject, last.facts) == (
        "roster_imported",
        "csv",
        {"added": 3, "changed": 0, "removed": 0},
    )


@pytest.mark.parametrize(
    ("institution", "source", "person", "unit", "refusal"),
    [
        ("maanegaarden", "csv", "jette", "nord", NotFound),
        ("solgaarden", "site", "jette", "nord", Invalid),
        ("solgaarden", "csv", "nobody", "nord", Invalid),
        ("solgaarden", "csv", "jette", "vest", Invalid),
    ],
)
async def test_nothing_is_half_imported(
    database: Database,
    clock: ManualClock,
    institution: str,
    source: str,
    person: str,
    unit: str,
    refusal: type[HubError],
) -> None:
    good = Shift.of(source, "omar", "nord", MORNING, MORNING + timedelta(hours=1), DutyState.ACTIVE)
    bad = Shift.of(source, person, unit, MORNING, MORNING + timedelta(hours=2), DutyState.ACTIVE)
    with pytest.raises(refusal):
        await import_said(database, institution, source, Said([good, bad]), clock)
    assert await roster(database) == []
    async with database.read() as tx:
        assert await versions(tx, "solgaarden") == (1, 1)


async def test_a_site_files_own_shifts_are_replaced_but_what_is_over_stays(
    database: Database, clock: ManualClock
) -> None:
    clock.set(MORNING + timedelta(hours=6))  # jette's shift is over, omar's has not begun
    await bring(database, clock, MONDAY)
    later = SHIFTS[SHIFTS.index('[[shift]]\nperson = "omar"') :].replace("2026-11-22T22", "2026-11-22T21")
    done = await set_up(database, clock, OPEN_SITE.replace(SHIFTS, later))
    assert done.roster == Imported(added=1, changed=0, removed=1, unchanged=0)
    async with database.read() as tx:
        own = await store.of_source(tx, "solgaarden", "site")
    assert sorted((one.person, one.starts.hour) for one in own.values()) == [("jette", 6), ("omar", 21)]
    assert len(await roster(database)) == 3


async def test_shifts_are_listed_by_time(database: Database, clock: ManualClock) -> None:
    await bring(database, clock, MONDAY + SOUTH)
    noon = MORNING + timedelta(days=1, hours=2)
    async with database.read() as tx:
        listed = await store.shifts(tx, "solgaarden", noon, noon + timedelta(hours=6))
        assert [one.person for one in listed] == ["jette", "karen", "omar"]
        assert await store.shifts(tx, "solgaarden", noon, noon) != []
        assert await store.shifts(tx, "solgaarden", MORNING - timedelta(days=9), MORNING - timedelta(days=8)) == []


async def bring(database: Database, clock: ManualClock, rows: str, headings: str = HEADINGS) -> Imported:
    async with database.read() as tx:
        here = await site(tx, "solgaarden")
    return await import_said(database, "solgaarden", "csv", Said(csv_said(headings + rows, here).shifts), clock)


async def roster(database: Database) -> list[Shift]:
    async with database.read() as tx:
        return sorted((await store.of_source(tx, "solgaarden", "csv")).values(), key=lambda one: one.id)
