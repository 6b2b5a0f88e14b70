from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.people.localtime import moment, read_day, read_moment

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

# The nights when Denmark's clocks change, by the law's own rule: the last Sundays of March and October.
SPRING = [date(2024, 3, 31), date(2025, 3, 30), date(2026, 3, 29), date(2027, 3, 28)]
AUTUMN = [date(2024, 10, 27), date(2025, 10, 26), date(2026, 10, 25), date(2027, 10, 31)]


@pytest.mark.parametrize("day", SPRING)
def test_the_spring_nights_missing_hour_is_refused_with_the_mend(day: date) -> None:
    for text in (f"{day} 02:00", f"{day}T02:30", f"{day:%d-%m-%Y} 02.59"):
        with pytest.raises(ValueError, match=r"never comes in Europe/Copenhagen.*write 03:\d\d, or give an offset"):
            read_moment(text, COPENHAGEN)
    assert read_moment(f"{day} 01:59", COPENHAGEN) == utc(day, 0, 59)
    assert read_moment(f"{day} 03:00", COPENHAGEN) == utc(day, 1, 0)


@pytest.mark.parametrize("day", AUTUMN)
def test_the_autumn_nights_double_hour_means_the_first_of_the_two(day: date) -> None:
    assert read_moment(f"{day} 02:30", COPENHAGEN) == utc(day, 0, 30)
    assert read_moment(f"{day} 02:30+01:00", COPENHAGEN) == utc(day, 1, 30)
    assert read_moment(f"{day} 03:00", COPENHAGEN) == utc(day, 2, 0)


@pytest.mark.parametrize(("days", "hours"), [(SPRING, 7), (AUTUMN, 9)])
def test_a_night_shift_over_the_change_is_as_long_as_it_is(days: list[date], hours: int) -> None:
    for day in days:
        starts = read_moment(f"{day - timedelta(days=1)} 23:00", COPENHAGEN)
        ends = read_moment(f"{day} 07:00", COPENHAGEN)
        assert ends - starts == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T07:05",
        "2026-11-22 07:05:00",
        " 2026-11-22 7:05 ",
        "2026-11-22 07.05",
        "2026-11-22T06:05Z",
        "2026-11-22t06:05:00.000z",
        "2026-11-22T07:05+01:00",
        "2026-11-22T07:05+0100",
        "22-11-2026 07:05",
        "22.11.2026 07.05",
        "22/11/2026 7:05",
        "22-11-2026 kl. 07.05",
    ],
)
def test_a_time_may_be_written_as_people_and_systems_do(text: str) -> None:
    assert read_moment(text, COPENHAGEN) == datetime(2026, 11, 22, 6, 5, tzinfo=UTC)


def test_a_day_may_end_at_24() -> None:
    assert read_moment("31-12-2026 24:00", COPENHAGEN) == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no date and time"),
        ("i morgen", "write it like 2026-11-22T07:00"),
        ("2026-11-22", "is no date and time"),
        ("07:00", "is no date and time"),
        ("2026-02-29 07:00", "not in the calendar"),
        ("2026-11-31 07:00", "not in the calendar"),
        ("22-13-2026 07:00", "not in the calendar"),
        ("2026-11-22 25:00", "not on the clock"),
        ("2026-11-22 24:01", "not on the clock"),
        ("2026-11-22T07:00+25:00", "not on the clock"),
        ("0001-01-01 00:00", "the year 1"),
        ("9999-12-31 24:00", "in the calendar"),
        ("2226-11-22 07:00", "the year 2226"),
    ],
)
def test_a_time_that_cannot_be_meant_is_refused_with_the_mend(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_moment(text, COPENHAGEN)


@pytest.mark.parametrize("text", ["2026-11-22", " 22-11-2026 ", "22.11.2026", "22/11/2026"])
def test_a_day_may_be_written_as_people_and_systems_do(text: str) -> None:
    assert read_day(text) == date(2026, 11, 22)


@pytest.mark.parametrize("text", ["", "i går", "20261122", "2026-W47-7", "2026-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no day|cannot be meant|out of range"):
        read_day(text)


@given(
    st.integers(0, 4 * 365 * 24 * 60).map(
        lambda minutes: datetime.fromisoformat("2024-01-01") + timedelta(minutes=minutes)
    ),
    st.sampled_from(["Europe/Copenhagen", "America/Nuuk"]),
)
def test_what_is_not_refused_is_shown_again_as_it_was_written(written: datetime, zone: str) -> None:
    try:
        meant = moment(written, ZoneInfo(zone))
    except ValueError:
        later = (written + timedelta(hours=1)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert later.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == written + timedelta(hours=1)
    else:
        assert meant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == written


def utc(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
