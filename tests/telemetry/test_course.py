"""The legs of an alarm's way, from journal rows alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.clock import micros
from hub.storage.journal import Entry
from hub.telemetry import course
from hub.telemetry.course import Course, Lap, Leg

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
RAISED = {"kind": "alarm", "told": ["bo", "carl"]}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def row(seq: int, event: str, seconds: float, actor: str | None = None, **facts: Any) -> Entry:
    return Entry("house", seq, at(seconds), event, "alarm-1", actor, facts)


def legs(laps: list[Lap]) -> list[tuple[str, str, float]]:
    return [(lap.leg, lap.way, round(lap.seconds, 6)) for lap in laps if lap.leg is not Leg.RAISED]


def test_an_alarm_by_socket_goes_through_every_leg() -> None:
    of = Course()
    raised = row(1, "raised", 2, "anna", **RAISED, pressed_at=micros(at(0)))
    assert legs(of.wrote(raised, at(2.01))) == [
        ("pressed_to_stored", "hub", 0.01),
        ("pressed_to_stored", "device", 2.01),
    ]
    assert legs(of.delivered([raised], at(2.011))) == [("stored_to_told", "live", 0.001)]
    assert legs(of.wrote(row(2, "received", 2.1, "bo", device="b"), at(2.1))) == []
    assert legs(of.wrote(row(3, "shown", 2.2, "bo", device="b"), at(2.211))) == [("told_to_shown", "live", 0.2)]
    coming = row(4, "answered", 9, "bo", said="coming")
    assert legs(of.wrote(coming, at(9.211))) == [("shown_to_answered", "live", 7.0)]
    assert legs(of.wrote(row(5, "answered", 20, "bo", said="arrived"), at(20))) == [], "the first answer only"
    assert legs(of.wrote(row(6, "answered", 20, "carl", said="cannot"), at(20))) == [], "answered unseen"


def test_outside_channels_are_counted_from_the_disk_and_push_until_it_is_shown() -> None:
    of = Course()
    of.wrote(row(1, "raised", 0, "anna", **RAISED), at(0))
    sent = row(2, "sent", 1.5, to="bo", channel="push", attempt=1)
    assert legs(of.wrote(sent, at(1.5))) == [("stored_to_told", "push", 1.5)]
    shown = row(3, "shown", 2, "bo", device=None, channel="push")
    assert legs(of.wrote(shown, at(2))) == [("told_to_shown", "push", 0.5)]
    assert legs(of.wrote(row(4, "answered", 5, "bo", said="coming"), at(5))) == [("shown_to_answered", "push", 3.0)]
    assert legs(of.wrote(row(5, "sent", 6, to="guard", channel="sms", attempt=1), at(6))) == [], "was never told"


def test_each_lap_is_told_by_one_of_two_hubs() -> None:
    one, two = Course(), Course()
    raised = row(1, "raised", 0, "anna", **RAISED)
    one.wrote(raised, at(0.01))
    assert one.followed(raised) == two.followed(raised) == []
    assert legs(one.delivered([raised], at(0.02))) == [("stored_to_told", "live", 0.01)]
    assert legs(two.delivered([raised], at(0.05))) == [("stored_to_told", "live_elsewhere", 0.05)]
    sent = row(2, "sent", 3, to="bo", channel="sms", attempt=1)
    assert legs(one.followed(sent)) == [("stored_to_told", "sms", 2.99)], "a worker sent it"
    assert legs(two.followed(sent)) == []
    shown = row(3, "shown", 4, "carl", device="c")
    assert legs(two.wrote(shown, at(4.05))) == [("told_to_shown", "live", 4.0)]
    assert legs(one.followed(shown)) == []
    answered = row(4, "answered", 6, "carl", said="coming")
    assert legs(one.wrote(answered, at(6))) == [("shown_to_answered", "live", 2.0)]
    assert legs(two.followed(answered)) == []


@pytest.mark.parametrize("off", [-3600, -61, 0.001, 7200])
def test_a_device_whose_clock_cannot_be_right_measures_nothing(off: float) -> None:
    raised = row(1, "raised", 0, "anna", **RAISED, pressed_at=micros(at(off)))
    assert legs(Course().wrote(raised, at(0.01))) == [("pressed_to_stored", "hub", 0.01)]


def test_clocks_that_differ_never_make_a_leg_shorter_than_nothing() -> None:
    of = Course()
    of.followed(row(1, "raised", 5, "anna", **RAISED))
    assert legs(of.wrote(row(2, "shown", 4, "bo", device="b"), at(4))) == [("told_to_shown", "live", 0.0)]


def test_what_is_over_is_forgotten_and_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "MOST_ALARMS", 3)
    monkeypatch.setattr(course, "MOST_ROWS", 5)
    of = Course()
    of.wrote(row(1, "raised", 0, "anna", **RAISED), at(0))
    of.wrote(row(2, "resolved", 1, "anna"), at(1))
    assert not of._alarms
    for number in range(20):
        of.wrote(Entry("house", number, NOON, "raised", f"alarm-{number}", "anna", RAISED), NOON)
    assert (len(of._alarms), len(of._own)) == (3, 5)
