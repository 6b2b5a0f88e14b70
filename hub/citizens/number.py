"""The numbers that a citizen is known by: civil registration numbers, and those given in their place. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

# Six digits that are a day, and four signs that tell those born on it apart.
_WRITTEN = re.compile(r"(\d{6})[\s–-]?([0-9A-Z]{4})")
_CPR = re.compile(r"\d{4}")
_X_ECPR = re.compile(r"[17][A-Z]{2}\d")
_D_ECPR = re.compile(r"[056][A-Z]{2}\d")
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
HIDDEN = "••••"


class Sort(StrEnum):
    """Which register has given a number."""

    CPR = "cpr"
    X_ECPR = "x_ecpr"
    """A replacement number of the whole country."""
    D_ECPR = "d_ecpr"
    """A replacement number of a region's."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number, written without its hyphen."""

    text: str = field(repr=False)
    sort: Sort

    def __post_init__(self) -> None:
        if sort_of(self.text) is not self.sort:
            raise ValueError(f"this is no {self.sort.value}")

    @property
    def whole(self) -> str:
        return f"{self.text[:6]}-{self.text[6:]}"

    @property
    def urn(self) -> str:
        """As other systems name whoever it is."""
        return f"urn:oio:cpr-nr:{self.text}"

    @property
    def masked(self) -> str:
        """The day alone: what tells those born on it apart is shown to whoever asks for it, and written down."""
        return f"{self.text[:6]}-{HIDDEN}"

    @property
    def fits(self) -> bool:
        """Whether the last digit is the control digit. A hint only: numbers given since 2007 need not have one."""
        if self.sort is not Sort.CPR:
            return True
        return sum(int(digit) * weight for digit, weight in zip(self.text, _WEIGHTS, strict=True)) % 11 == 0


def read_number(written: str) -> Number | None:
    """The number that somebody wrote, or None where it is none: too short, no such day, or of no known sort."""
    found = _WRITTEN.fullmatch(written.strip().upper())
    text = "".join(found.groups()) if found is not None else ""
    sort = sort_of(text)
    return Number(text, sort) if sort is not None else None


def sort_of(text: str) -> Sort | None:
    """Of which sort a number is; None where it is a number of nobody's."""
    day, rest = text[:6], text[6:]
    if len(text) != 10 or not (day.isascii() and day.isdecimal() and rest.isascii()):
        return None
    if _CPR.fullmatch(rest):
        return Sort.CPR if _is_day(day, _century(int(day[4:]), int(rest[0]))) else None
    if not (_is_day(day, 1900) or _is_day(day, 2000)):
        return None
    if _X_ECPR.fullmatch(rest):
        return Sort.X_ECPR
    return Sort.D_ECPR if _D_ECPR.fullmatch(rest) else None


def _century(year: int, seventh: int) -> int:
    """The century that the seventh digit tells, by the table of the civil register."""
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


def _is_day(day: str, century: int) -> bool:
    try:
        date(century + int(day[4:]), int(day[2:4]), int(day[:2]))
    except ValueError:
        return False
    return True
