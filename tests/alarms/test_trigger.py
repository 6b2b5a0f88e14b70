"""A press that is one, and what is refused as none."""

from datetime import datetime

import pytest

from hub.alarms.trigger import NOTE_LENGTH, Position, Trigger
from hub.errors import Invalid
from tests.alarms.sites import ID


@pytest.mark.parametrize(
    "written", [ID, ID.upper(), "{" + ID + "}", f"urn:uuid:{ID}", ID.replace("-", "")], ids=lambda text: text[:12]
)
def test_an_id_is_the_same_however_a_device_writes_it(written: str) -> None:
    assert Trigger(written, "alarm").id == ID


@pytest.mark.parametrize("written", ["", "1", "alarm", ID + "0", ID[:-1] + "g", "\0" * 36])
def test_an_id_that_no_device_could_have_made_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match="not a UUID"):
        Trigger(written, "alarm")


def test_a_note_has_its_length() -> None:
    assert Trigger(ID, "alarm", note="x" * NOTE_LENGTH).note
    with pytest.raises(Invalid, match=f"at most {NOTE_LENGTH}"):
        Trigger(ID, "alarm", note="x" * (NOTE_LENGTH + 1))


def test_a_time_without_an_offset_says_nothing() -> None:
    with pytest.raises(Invalid, match="offset"):
        Trigger(ID, "alarm", pressed_at=datetime(2026, 3, 10, 13, 0))  # noqa: DTZ001 - that is the fault


@pytest.mark.parametrize(
    ("lat", "lon", "accuracy"),
    [
        (90.1, 0, 5),
        (-91, 0, 5),
        (0, 180.5, 5),
        (0, -181, 5),
        (0, 0, -1),
        (0, 0, 1e8),
        (float("nan"), 0, 5),
        (0, float("nan"), 5),
        (0, 0, float("inf")),
    ],
)
def test_a_position_off_the_earth_is_refused(lat: float, lon: float, accuracy: float) -> None:
    with pytest.raises(Invalid, match="position"):
        Position(lat, lon, accuracy)


def test_a_position_at_the_ends_of_the_earth_is_one() -> None:
    assert Position(90, -180, 0).lat == 90
    assert Position(-90, 180, 1e7).lat == -90
