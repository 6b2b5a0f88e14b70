from datetime import datetime, timedelta

import pytest

from hub.people.site import DutyState
from hub.roster.shift import ALWAYS, NEVER, Duty, OnDuty, Shift, on_duty
from tests.people.solgaarden import MORNING

HOUR = timedelta(hours=1)


def shift(person: str = "jette", starts: datetime = MORNING, hours: float = 8, duty: str = "active") -> Shift:
    return Shift.of("csv", person, "nord", starts, starts + hours * HOUR, DutyState(duty))


def test_a_shift_holds_from_its_first_moment_up_to_its_last() -> None:
    one = shift()
    present = (OnDuty("jette", "nord", DutyState.ACTIVE),)
    assert on_duty([one], MORNING - timedelta(microseconds=1)) == ()
    assert on_duty([one], MORNING) == present
    assert on_duty([one], one.ends - timedelta(microseconds=1)) == present
    assert on_duty([one], one.ends) == ()


def test_shifts_that_overlap_put_a_person_on_duty_once() -> None:
    both = [shift(), shift(starts=MORNING + HOUR), shift(duty="sleeping"), shift("anders")]
    assert [(one.person, one.duty) for one in on_duty(both, MORNING + 2 * HOUR)] == [
        ("anders", "active"),
        ("jette", "active"),
        ("jette", "sleeping"),
    ]


def test_a_shift_without_an_id_of_its_own_is_known_by_whom_where_and_when() -> None:
    assert shift().id == shift(duty="sleeping").id
    others = [shift("omar"), shift(hours=7), shift(starts=MORNING + HOUR)]
    assert len({one.id for one in (shift(), *others)}) == 4
    named = Shift.of("csv", "jette", "nord", MORNING, MORNING + HOUR, DutyState.ACTIVE, source_id="vagt-7")
    moved = Shift.of("csv", "omar", "syd", MORNING + HOUR, MORNING + 2 * HOUR, DutyState.ACTIVE, source_id="vagt-7")
    assert named.id == moved.id
    assert (
        named.id != Shift.of("ics", "jette", "nord", MORNING, MORNING + HOUR, DutyState.ACTIVE, source_id="vagt-7").id
    )


def test_a_shift_that_cannot_be_is_not_born() -> None:
    naive = MORNING.replace(tzinfo=None)
    with pytest.raises(ValueError, match="ends after it begins"):
        shift(hours=0)
    with pytest.raises(ValueError, match="time zone"):
        Shift("1", "jette", "nord", naive, naive + HOUR, DutyState.ACTIVE, "csv", "1")
    with pytest.raises(ValueError, match="names its person"):
        Shift("1", "", "nord", MORNING, MORNING + HOUR, DutyState.ACTIVE, "csv", "1")


def test_a_roster_without_shifts_holds_for_ever() -> None:
    assert Duty().holds(ALWAYS)
    assert Duty().holds(MORNING)
    assert not Duty(valid_until=MORNING).holds(MORNING)
    assert NEVER > MORNING


def test_duty_by_unit() -> None:
    north, south = OnDuty("a", "nord", DutyState.ACTIVE), OnDuty("a", "syd", DutyState.STANDBY)
    assert Duty((north, south)).of_unit("syd") == (south,)
