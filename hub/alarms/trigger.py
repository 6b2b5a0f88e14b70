"""What was pressed, by whom: the same frozen value from every way of raising an alarm."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.errors import Invalid

NOTE_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Position:
    """Where the pressing device believes it is."""

    lat: float
    lon: float
    accuracy_m: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180 and 0 <= self.accuracy_m <= 1e7):
            raise Invalid("position: lat must be -90..90, lon -180..180 and accuracy_m 0 or more")


def canonical(id: str) -> str:
    """An id that a device made, written as all the others are."""
    try:
        return str(UUID(id))
    except ValueError:
        raise Invalid(f"id: {id[:60]!r} is not a UUID: let the device make one (version 7 preferred)") from None


@dataclass(frozen=True, slots=True)
class Trigger:
    """One press. The device makes the id, so that a retry over bad radio finds the same alarm."""

    id: str
    kind: str
    place: str | None = None
    pressed_at: datetime | None = None
    note: str | None = None
    position: Position | None = None
    drill: bool = False
    lone: str | None = None
    """The lone worker's session that ran out, if nobody pressed."""
    unit: str | None = None
    """Where it is, if the hub itself raises it for a whole unit."""
    outside: bool = False
    """Whether a drill may leave the building, to managers and outside contacts."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", canonical(self.id))
        if self.note is not None and len(self.note) > NOTE_LENGTH:
            raise Invalid(f"note: at most {NOTE_LENGTH} characters")
        if self.pressed_at is not None and self.pressed_at.tzinfo is None:
            raise Invalid("pressed_at: must say its offset, for example 2026-03-01T02:15:00Z")
