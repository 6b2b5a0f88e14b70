"""Shifts, and who is on duty by them at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from hub.people.site import DutyState, Role

__all__ = ["ALWAYS", "NEVER", "Duty", "DutyState", "OnDuty", "Shift", "on_duty", "shift_id"]

ALWAYS = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's duty in one unit, from `starts` up to but not including `ends`."""

    id: str
    person: str
    unit: str
    starts: datetime
    ends: datetime
    duty: DutyState
    source: str
    source_id: str
    role: Role | None = None

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise ValueError("a shift's times are moments: give them a time zone")
        if self.starts >= self.ends:
            raise ValueError("a shift ends after it begins")
        if not (self.id and self.person and self.unit and self.source and self.source_id):
            raise ValueError("a shift names its person, its unit and where it came from")

    @classmethod
    def of(
        cls,
        source: str,
        person: str,
        unit: str,
        starts: datetime,
        ends: datetime,
        duty: DutyState,
        *,
        role: Role | None = None,
        source_id: str | None = None,
    ) -> "Shift":
        """A shift as its source tells it; a source that gives no ids has each shift known by whom, where and when."""
        key = (
            source_id
            or f"{person} {unit} {starts.astimezone(UTC):%Y%m%dT%H%M%SZ} {ends.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        )
        return cls(shift_id(source, key), person, unit, starts, ends, duty, source, key, role)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A person on duty in a unit, and how."""

    person: str
    unit: str
    duty: DutyState


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty from `valid_from` up to `valid_until`: no shift begins or ends between the two."""

    on_duty: tuple[OnDuty, ...] = ()
    valid_from: datetime = ALWAYS
    valid_until: datetime = NEVER

    def holds(self, at: datetime) -> bool:
        return self.valid_from <= at < self.valid_until

    def of_unit(self, unit: str) -> tuple[OnDuty, ...]:
        return tuple(one for one in self.on_duty if one.unit == unit)


def shift_id(source: str, source_id: str) -> str:
    """The same shift from the same source has the same id, however often it is imported."""
    return sha256(f"{source}\0{source_id}".encode()).hexdigest()[:20]


def on_duty(shifts: Iterable[Shift], at: datetime) -> tuple[OnDuty, ...]:
    """Everyone on duty at a moment, each once for each unit and duty, in the order of unit, person, duty."""
    found = {OnDuty(shift.person, shift.unit, shift.duty) for shift in shifts if shift.starts <= at < shift.ends}
    return tuple(sorted(found, key=lambda one: (one.unit, one.person, one.duty)))
