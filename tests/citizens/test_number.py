"""Which numbers are somebody's: days that were, all three sorts, and the control digit as a hint only."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.citizens.number import Number, Sort, read_number


@pytest.mark.parametrize(
    ("written", "sort", "fits"),
    [
        ("2509479989", Sort.CPR, False),  # an official test number, whose control digit does not fit
        ("070761-4285", Sort.CPR, True),
        ("290200 4000", Sort.CPR, False),
        ("0101701ab1", Sort.X_ECPR, True),
        ("0101707AB1", Sort.X_ECPR, True),
        ("010170-0AB1", Sort.D_ECPR, True),
        ("0101705AB1", Sort.D_ECPR, True),
        ("010170-6ab9", Sort.D_ECPR, True),
    ],
)
def test_all_sorts_are_read_however_they_are_written(written: str, sort: Sort, fits: bool) -> None:
    number = read_number(written)
    assert number is not None
    assert (number.sort, number.fits) == (sort, fits)


@pytest.mark.parametrize(
    "written",
    [
        *("", "010170", "01017012345", "320170-1234", "290219-1234", "290200-1234", "0113701234"),
        *("010170-2AB1", "010170-1A11", "010170-1ÆØ1", "\u0660\u0661\u0660\u0661\u0667\u06601234"),
    ],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written) is None


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 3999))
def test_every_day_of_a_century_has_numbers_and_is_shown_without_its_last_signs(day: date, rest: int) -> None:
    text = f"{day:%d%m%y}{rest:04}"
    number = read_number(f" {text[:6]}-{text[6:]} ")
    assert number == Number(text, Sort.CPR)
    assert text[6:] not in number.masked
    assert text[6:] not in repr(number)
    assert number.whole.replace("-", "") == text
