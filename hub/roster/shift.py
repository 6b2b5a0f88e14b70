"""Shifts and absences, and who is on duty by them at a moment."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from hub.people.site import DutyState, Role

__all__ = [
    "ALWAYS",
    "NEVER",
    "OVERRIDE",
    "SWAP",
    "Absence",
    "Attendance",
    "Away",
    "Duty",
    "DutyState",
    "OnDuty",
    "Shift",
    "entry_id",
    "on_duty",
]

ALWAYS = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
# What a shift lead has said in the hub itself: no import touches it, and no imported absence undoes it.
OVERRIDE = "override"
# What colleagues have agreed on in the hub: no import touches it either, but whoever then falls ill is away.
SWAP = "swap"


class Away(StrEnum):
    """Why somebody is not on duty although a shift says so."""

    LEAVE = "leave"
    SICK = "sick"
    COVERED = "covered"


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
    version: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        _refuse_impossible(self.starts, self.ends, "a shift")
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
        key = source_id or _spelt(person, unit, starts, ends)
        return cls(entry_id(source, key), person, unit, starts, ends, duty, source, key, role)


@dataclass(frozen=True, slots=True)
class Absence:
    """A person who is away, from one unit or from all, from `starts` up to but not including `ends`."""

    id: str
    person: str
    unit: str | None
    starts: datetime
    ends: datetime
    kind: Away
    source: str
    source_id: str
    version: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        _refuse_impossible(self.starts, self.ends, "an absence")
        if not (self.id and self.person and self.source and self.source_id):
            raise ValueError("an absence names its person and where it came from")

    @classmethod
    def of(
        cls,
        source: str,
        person: str,
        unit: str | None,
        starts: datetime,
        ends: datetime,
        kind: Away,
        *,
        source_id: str | None = None,
    ) -> "Absence":
        """An absence as its source tells it."""
        key = source_id or _spelt(person, unit or "", starts, ends)
        return cls(entry_id(source, key), person, unit, starts, ends, kind, source, key)

    def stands_against(self, shift: Shift) -> bool:
        """Whether it takes the person off this shift wherever their hours meet."""
        return (
            self.person == shift.person
            and self.unit in (None, shift.unit)
            and shift.source != OVERRIDE
            # What somebody gave away in a swap is not what they took over in another.
            and not shift.source == self.source == SWAP
        )

    def concerns(self, shift: Shift, at: datetime) -> bool:
        """Whether it takes the person off this shift at a moment."""
        return self.starts <= at < self.ends and self.stands_against(shift)


@dataclass(frozen=True, slots=True)
class Attendance:
    """When somebody said that their shift began for them, and that it was over."""

    in_at: datetime
    out_at: datetime | None = None


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


def entry_id(source: str, source_id: str) -> str:
    """The same shift or absence from the same source has the same id, however often it is imported."""
    return sha256(f"{source}\0{source_id}".encode()).hexdigest()[:20]


def standing(shifts: Iterable[Shift], absences: Collection[Absence]) -> list[Shift]:
    """Those whose person is not taken off them from their beginning to their end."""
    return [
        shift
        for shift in shifts
        if not any(
            one.starts <= shift.starts and one.ends >= shift.ends and one.stands_against(shift) for one in absences
        )
    ]


def on_duty(
    shifts: Iterable[Shift],
    at: datetime,
    absences: Collection[Absence] = (),
    attendance: Mapping[str, Attendance] | None = None,
    strict: Collection[str] = (),
) -> tuple[OnDuty, ...]:
    """Everyone on duty at a moment, each once for each unit and duty, in the order of unit, person, duty.

    In the `strict` units only those count who have checked in; where nobody has, all do: a forgotten tap must not
    make an alarm go unheard.
    """
    seen = attendance or {}
    here = [
        shift
        for shift in shifts
        if shift.starts <= at < shift.ends
        and not any(absence.concerns(shift, at) for absence in absences)
        and not _left(seen.get(shift.id), at)
    ]
    came = {shift.id for shift in here if shift.id in seen and seen[shift.id].in_at <= at}
    counted_in = {shift.unit for shift in here if shift.id in came} & set(strict)
    found = {
        OnDuty(shift.person, shift.unit, shift.duty)
        for shift in here
        if shift.unit not in counted_in or shift.id in came
    }
    return tuple(sorted(found, key=lambda one: (one.unit, one.person, one.duty)))


def _left(seen: Attendance | None, at: datetime) -> bool:
    return seen is not None and seen.out_at is not None and seen.out_at <= at


def _spelt(person: str, unit: str, starts: datetime, ends: datetime) -> str:
    return f"{person} {unit} {starts.astimezone(UTC):%Y%m%dT%H%M%SZ} {ends.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _refuse_impossible(starts: datetime, ends: datetime, what: str) -> None:
    if starts.tzinfo is None or ends.tzinfo is None:
        raise ValueError(f"{what}'s times are moments: give them a time zone")
    if starts >= ends:
        raise ValueError(f"{what} ends after it begins")
