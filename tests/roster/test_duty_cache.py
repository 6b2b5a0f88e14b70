from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.clock import ManualClock
from hub.errors import NotFound
from hub.people.site import DutyState
from hub.roster import store
from hub.roster.actions import Said, import_said
from hub.roster.cache import DutyCache
from hub.roster.shift import Duty, OnDuty, Shift
from hub.storage.database import Database, Reader
from tests.databases import on_both, on_sqlite
from tests.people.solgaarden import MORNING, OPEN_SITE, set_up

pytestmark = on_both

HOUR = timedelta(hours=1)
JETTE = OnDuty("jette", "nord", DutyState.ACTIVE)
OMAR = OnDuty("omar", "nord", DutyState.SLEEPING)


async def test_duty_is_read_once_until_it_ends(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = DutyCache()
    first = await get(database, cache, clock)
    assert first.on_duty == (JETTE,)
    assert (first.valid_from, first.valid_until) == (MORNING - 3 * HOUR, MORNING + 5 * HOUR)
    clock.set(first.valid_until - timedelta(microseconds=1))
    assert await get(database, cache, clock) is first
    clock.set(first.valid_until)
    between = await get(database, cache, clock)
    assert between.on_duty == ()
    clock.set(between.valid_until)
    assert (await get(database, cache, clock)).on_duty == (OMAR,)


async def test_a_substitute_is_on_duty_the_same_second(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = DutyCache()
    await get(database, cache, clock)
    substitute = Shift.of("csv", "karen", "syd", MORNING - HOUR, MORNING + HOUR, DutyState.ACTIVE)
    await import_said(database, "solgaarden", "csv", Said([substitute]), clock)
    duty = await get(database, cache, clock)
    assert duty.on_duty == (JETTE, OnDuty("karen", "syd", DutyState.ACTIVE))
    assert duty.valid_until == MORNING + HOUR


async def test_whoever_is_retired_is_on_no_duty(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = DutyCache()
    assert (await get(database, cache, clock)).on_duty == (JETTE,)
    without = OPEN_SITE[: OPEN_SITE.index("[[person]]")] + OPEN_SITE[OPEN_SITE.index('[[person]]\nid = "omar"') :]
    without = without.replace('person = "jette"\nunit', 'person = "omar"\nunit').replace('person = "jette"\n', "")
    await set_up(database, clock, without)
    assert (await get(database, cache, clock)).on_duty == (OnDuty("omar", "nord", DutyState.ACTIVE),)
    async with database.read() as tx:
        shifts = await store.shifts(tx, "solgaarden", MORNING, MORNING + 24 * HOUR)
    assert {one.person for one in shifts} == {"omar"}


async def test_a_version_that_the_caller_has_read_is_not_read_again(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = DutyCache()
    duty = await get(database, cache, clock)

    class Deaf:
        def __getattr__(self, _name: str) -> None:
            raise AssertionError("nothing was to be read")

    deaf: Reader = Deaf()  # type: ignore[assignment]
    assert await cache.get(deaf, "solgaarden", MORNING, version=1) is duty


async def test_an_institution_that_is_not_there(database: Database) -> None:
    async with database.read() as tx:
        with pytest.raises(NotFound):
            await DutyCache().get(tx, "solgaarden", MORNING)


@on_sqlite
async def test_the_question_uses_its_indices_and_leaves_past_years_alone(
    database: Database, clock: ManualClock
) -> None:
    await set_up(database, clock)
    async with database.read() as tx:
        statements = (store._ON_DUTY, store._BOUNDARIES)
        plans = [await plan(tx, statement) for statement in statements]
    assert "SEARCH shift USING INDEX shift_by_end (institution=? AND ends>?" in plans[0]
    assert "SCAN" not in " ".join(plans).replace("SCAN CONSTANT ROW", "")


async def plan(tx: Reader, statement: object) -> str:
    compiled = str(statement.compile(compile_kwargs={"literal_binds": False}))  # type: ignore[attr-defined]
    rows = await tx.rows(text(f"EXPLAIN QUERY PLAN {compiled}"), institution="solgaarden", at=0)
    return " ".join(row["detail"] for row in rows)


async def get(database: Database, cache: DutyCache, clock: ManualClock) -> Duty:
    async with database.read() as tx:
        return await cache.get(tx, "solgaarden", clock.now())
