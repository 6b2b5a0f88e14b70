from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.alarms.trigger import Position
from hub.errors import Conflict, Invalid
from hub.lone import session as life
from hub.lone.session import Begin, Event, Over, RanOut, Session, State

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = str(UUID(int=1))
ALARM = str(UUID(int=2))
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def session(minutes: float = 45, **more: Any) -> Session:
    begin = Begin(id=ID, length=minutes * MINUTE, **more)
    return life.started(begin, "house", "anna", "nord", None, NOON).session


@pytest.mark.parametrize(
    ("minutes", "reminded_before"), [(90, 5), (45, 5), (25, 5), (15, 3), (5, 1), (1, 0.2)], ids=str
)
def test_the_reminder_comes_five_minutes_before_or_in_the_last_fifth(minutes: float, reminded_before: float) -> None:
    one = session(minutes)
    assert one.reminds_at == one.ends_at - reminded_before * MINUTE
    assert one.due_at == one.reminds_at


def test_it_is_reminded_then_overdue_then_alarmed_each_at_its_moment() -> None:
    one = session()
    for moment, event in [
        (NOON + 40 * MINUTE, Event.REMINDER),
        (NOON + 45 * MINUTE, Event.GRACE),
        (NOON + 47 * MINUTE, Event.ALARMED),
    ]:
        assert one.due_at == moment
        assert life.came_due(one, moment - timedelta(microseconds=1), ALARM) is None
        change = life.came_due(one, moment, ALARM)
        assert change is not None
        assert change.event is event
        assert change.session.version == one.version + 1
        one = change.session
        assert life.came_due(one, moment, ALARM) is None
    assert (one.state, one.alarm, one.ended_at, one.due_at) == (State.ALARMED, ALARM, NOON + 47 * MINUTE, None)


@pytest.mark.parametrize(
    ("after", "event"), [(46, Event.GRACE), (46.9, Event.GRACE), (47, Event.ALARMED), (600, Event.ALARMED)]
)
def test_a_hub_that_stood_still_goes_straight_to_what_is_due_by_now(after: float, event: Event) -> None:
    change = life.came_due(session(), NOON + after * MINUTE, ALARM)
    assert change is not None
    assert change.event is event


def test_without_grace_the_alarm_comes_with_the_end() -> None:
    change = life.came_due(session(grace=timedelta()), NOON + 45 * MINUTE, ALARM)
    assert change is not None
    assert change.event is Event.ALARMED


def test_a_sign_of_life_begins_the_time_anew_and_never_shortens_it() -> None:
    later = life.checked_in(session(), NOON + 44 * MINUTE).session
    assert later.ends_at == NOON + 89 * MINUTE
    long = life.extended(session(), 60 * MINUTE, NOON + MINUTE).session
    assert life.checked_in(long, NOON + 2 * MINUTE).session.ends_at == long.ends_at


def test_a_sign_of_life_may_name_the_end() -> None:
    one = life.checked_in(session(), NOON + MINUTE, until=NOON + 6 * MINUTE).session
    assert (one.ends_at, one.reminds_at) == (NOON + 6 * MINUTE, NOON + 5 * MINUTE)


@pytest.mark.parametrize("until", [NOON, NOON + MINUTE, NOON + timedelta(hours=13)])
def test_an_end_that_has_passed_or_is_too_far_is_refused(until: datetime) -> None:
    with pytest.raises(Invalid, match="the end must be ahead"):
        life.checked_in(session(), NOON + MINUTE, until=until)


def test_an_extension_counts_from_the_end_and_in_the_grace_from_now() -> None:
    assert life.extended(session(), 15 * MINUTE, NOON + MINUTE).session.ends_at == NOON + 60 * MINUTE
    overdue = life.came_due(session(), NOON + 46 * MINUTE, ALARM)
    assert overdue is not None
    after = life.extended(overdue.session, 15 * MINUTE, NOON + 46 * MINUTE).session
    assert (after.state, after.ends_at) == (State.RUNNING, NOON + 61 * MINUTE)


def test_extensions_do_not_add_up_to_for_ever() -> None:
    with pytest.raises(Invalid, match="at most 12 hours"):
        life.extended(session(), timedelta(hours=12), NOON)


def test_the_end_ends_it_once_and_forgets_where_they_are() -> None:
    one = life.located(session(), Position(55, 12, 5), NOON)
    change = life.ended(one, NOON + MINUTE)
    assert change is not None
    assert (change.session.state, change.session.position, change.session.due_at) == (State.ENDED, None, None)
    assert life.ended(change.session, NOON + 2 * MINUTE) is None


def test_nothing_said_after_the_time_ran_out_unsays_it() -> None:
    one, late = session(), NOON + 47 * MINUTE
    for verb in (
        lambda: life.checked_in(one, late),
        lambda: life.extended(one, MINUTE, late),
        lambda: life.ended(one, late),
        lambda: life.located(one, Position(55, 12, 5), late),
    ):
        with pytest.raises(RanOut):
            verb()
    assert life.checked_in(one, late - SECOND).session.running


def test_a_session_that_was_ended_takes_no_sign_of_life() -> None:
    change = life.ended(session(), NOON)
    assert change is not None
    with pytest.raises(Over):
        life.checked_in(change.session, NOON)
    with pytest.raises(Conflict):
        life.located(change.session, Position(55, 12, 5), NOON)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"id": "seven"}, "not a UUID"),
        ({"length": timedelta()}, "minutes"),
        ({"length": timedelta(hours=13)}, "minutes"),
        ({"grace": timedelta(seconds=-1)}, "grace"),
        ({"grace": timedelta(hours=2)}, "grace"),
        ({"place": "x" * 201}, "place"),
        ({"purpose": "x" * 501}, "purpose"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], says: str) -> None:
    whole: dict[str, Any] = {"id": ID, "length": MINUTE}
    with pytest.raises(Invalid, match=says):
        Begin(**{**whole, **wrong})


def test_a_session_cannot_be_born_wrong() -> None:
    one = session()
    wrongs: list[dict[str, Any]] = [
        {"ends_at": NOON},
        {"ended_at": NOON},
        {"state": State.ENDED},
        {"alarm": ALARM},
        {"state": State.ALARMED, "ended_at": NOON},
        {"state": State.ENDED, "ended_at": NOON, "position": Position(55, 12, 5)},
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="session"):
            replace(one, **wrong)


def test_those_who_come_read_the_purpose_and_the_place() -> None:
    assert session(purpose="Hjemmebesøg", place="Skovvej 4").note == "Hjemmebesøg · Skovvej 4"
    assert session().note is None
