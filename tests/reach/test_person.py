"""How one person stands: what their best device says, what is proven, and what a notification catches."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.delivery.reach import SILENT_AFTER, Known, Level, PersonReach, Reason, device_reach, person_reach, unit_reach
from hub.delivery.sockets import Vital

NOW = datetime(2026, 3, 10, 14, tzinfo=UTC)
PUSH, PROVEN = Known(push=True, push_proven_at=NOW), Known(proven_at=NOW)
GOOD = Vital(NOW, 0.8, charging=False, sound="on")
MUTED = Vital(NOW, sound="muted")
FLAT = Vital(NOW, 0.05, charging=False)
SILENT = Vital(NOW - SILENT_AFTER - timedelta(seconds=1))


def stand(known: Known, *vitals: Vital) -> PersonReach:
    devices = tuple(device_reach(f"device-{n}", vital, NOW) for n, vital in enumerate(vitals))
    return person_reach("anna", "active", devices, known)


@pytest.mark.parametrize(
    ("known", "vitals", "level", "reason"),
    [
        (PROVEN, [GOOD], Level.FULL, Reason.OK),
        (Known(), [GOOD], Level.PARTLY, Reason.NOT_PROVEN),
        (PUSH, [GOOD], Level.PARTLY, Reason.NOT_PROVEN),
        (PROVEN, [MUTED], Level.PARTLY, Reason.MUTED),
        (Known(), [MUTED], Level.PARTLY, Reason.MUTED),
        (PROVEN, [FLAT], Level.PARTLY, Reason.BATTERY),
        (PROVEN, [SILENT, GOOD], Level.FULL, Reason.OK),
        (PROVEN, [SILENT, MUTED], Level.PARTLY, Reason.MUTED),
        (PROVEN, [SILENT], Level.NOT, Reason.SILENT),
        (PUSH, [SILENT], Level.PARTLY, Reason.PUSH_ONLY),
        (PUSH, [], Level.PARTLY, Reason.PUSH_ONLY),
        (Known(push=True), [], Level.PARTLY, Reason.PUSH_UNPROVEN),
        (PROVEN, [], Level.NOT, Reason.NOT_CONNECTED),
        (Known(), [], Level.NOT, Reason.NOT_CONNECTED),
    ],
)
def test_a_person_stands_as_their_best_way_and_for_its_reason(
    known: Known, vitals: list[Vital], level: Level, reason: Reason
) -> None:
    one = stand(known, *vitals)
    assert (one.level, one.reason) == (level, reason)


moments = st.integers(0, 120).map(lambda ago: NOW - timedelta(seconds=ago))
vitals = st.builds(
    Vital, moments, st.none() | st.floats(0, 1), st.none() | st.booleans(), st.sampled_from([None, "on", "muted"])
)
knowns = st.builds(Known, st.booleans(), st.none() | moments, st.none() | moments)


@given(knowns, st.lists(vitals, max_size=4))
def test_nobody_counts_fully_without_a_live_device_and_proof(known: Known, found: list[Vital]) -> None:
    one = stand(known, *found)
    if one.level is Level.FULL:
        assert known.proven_at is not None
        assert any(NOW - vital.beat_at <= SILENT_AFTER and vital.sound != "muted" for vital in found)


@given(knowns, st.lists(vitals, max_size=4))
def test_nobody_whose_devices_are_silent_is_claimed_unless_a_notification_reaches_them(
    known: Known, found: list[Vital]
) -> None:
    alive = any(NOW - vital.beat_at <= SILENT_AFTER for vital in found)
    assert (stand(known, *found).level is not Level.NOT) == (alive or known.push)


@given(knowns, st.lists(vitals, max_size=3), vitals)
def test_one_more_device_never_makes_it_worse(known: Known, found: list[Vital], more: Vital) -> None:
    order = list(Level)
    assert order.index(stand(known, *found, more).level) <= order.index(stand(known, *found).level)


def test_a_person_with_two_shifts_counts_once() -> None:
    reach = unit_reach("nord", [("anna", "active"), ("anna", "standby")], {"anna": {"phone": GOOD}}, NOW)
    assert [one.person for one in reach.people] == ["anna"]
    assert reach.hearing == ("anna",)
