"""Who is on duty by the database, against going through all shifts one by one."""

from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.clock import ManualClock
from hub.people.site import DutyState
from hub.roster import store
from hub.roster.cache import DutyCache
from hub.roster.shift import ALWAYS, NEVER, Duty, Shift, on_duty
from hub.storage.database import Database, Transaction
from tests.databases import on_both
from tests.people.solgaarden import MORNING, OPEN_SITE, SHIFTS, set_up

pytestmark = on_both

NO_SHIFTS = OPEN_SITE.replace(SHIFTS, "")
MICROSECOND = timedelta(microseconds=1)
DUTIES = st.sampled_from(DutyState)
MINUTES = st.integers(0, 240)
SPANS = st.tuples(st.sampled_from(["jette", "omar"]), st.sampled_from(["nord", "syd"]), MINUTES, MINUTES, DUTIES)

_houses = count()


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    """A few hours in which shifts touch, overlap and repeat each other as often as they can."""
    made = [
        Shift.of("csv", person, unit, minute(first), minute(max(first + 1, last)), duty)
        for person, unit, first, last, duty in draw(st.lists(SPANS, max_size=12))
    ]
    return list({one.id: one for one in made}.values())


def minute(number: int) -> datetime:
    return MORNING + timedelta(minutes=number)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roster=shifts(), at=st.lists(st.integers(-5, 245), min_size=1, max_size=8))
async def test_the_database_answers_as_the_list_does_and_never_promises_too_long(
    database: Database, clock: ManualClock, roster: list[Shift], at: list[int]
) -> None:
    # Each example gets an institution to itself in the one database: its shifts are no other's.
    key = f"hus-{next(_houses)}"
    await set_up(database, clock, NO_SHIFTS.replace('"solgaarden"', f'"{key}"'))
    await write(database, key, roster)
    cache = DutyCache()
    for moment in (minute(number) for number in at):
        async with database.read() as tx:
            duty, cached = await store.duty(tx, key, moment), await cache.get(tx, key, moment)
        assert duty.on_duty == cached.on_duty == on_duty(roster, moment)
        assert_holds(duty, roster, moment)
        assert_holds(cached, roster, moment)


def assert_holds(duty: Duty, roster: list[Shift], at: datetime) -> None:
    """Nothing changes while the duty says that it holds, and it holds as long as it can."""
    assert duty.holds(at)
    edges = {edge for one in roster for edge in (one.starts, one.ends)}
    assert duty.valid_from in edges | {ALWAYS}
    assert duty.valid_until in edges | {NEVER}
    assert not [edge for edge in edges if duty.valid_from < edge < duty.valid_until]
    for moment in (max(duty.valid_from, minute(-10)), min(duty.valid_until, minute(300)) - MICROSECOND):
        assert on_duty(roster, moment) == duty.on_duty


async def write(database: Database, institution: str, roster: list[Shift]) -> None:
    async def action(tx: Transaction) -> None:
        await store.add(tx, institution, roster)
        await store.next_version(tx, institution)

    await database.write(action)
