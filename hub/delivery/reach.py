"""Who would hear an alarm this second, and why not: pure, from the roster, the devices' last words, and proof."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.delivery.sockets import Vital

# Two missed beats of at most 15 s each (protocol.md).
SILENT_AFTER = timedelta(seconds=30)
LOW_BATTERY = 0.1


class Level(StrEnum):
    FULL = "full"
    PARTLY = "partly"
    NOT = "not"


class Reason(StrEnum):
    """Why somebody counts as they do; each is a sentence in the catalogue."""

    OK = "ok"
    MUTED = "muted"
    BATTERY = "battery"
    NOT_PROVEN = "not_proven"
    PUSH_ONLY = "push_only"
    PUSH_UNPROVEN = "push_unproven"
    SILENT = "silent"
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person besides their live devices."""

    push: bool = False
    """Whether a browser of theirs takes notifications with its page closed."""
    push_proven_at: datetime | None = None
    proven_at: datetime | None = None
    """When they heard and tapped a test in this shift."""


@dataclass(frozen=True, slots=True)
class DeviceReach:
    """One connected device and whether an alarm on it would be heard."""

    device: str
    level: Level
    reason: Reason
    beat_at: datetime
    battery: float | None = None
    sound: str | None = None


@dataclass(frozen=True, slots=True)
class PersonReach:
    """One person on duty: as reachable as the best of their devices."""

    person: str
    duty: str
    level: Level
    reason: Reason
    devices: tuple[DeviceReach, ...] = ()
    known: Known = Known()


@dataclass(frozen=True, slots=True)
class UnitReach:
    """All who are on duty in a unit."""

    unit: str
    people: tuple[PersonReach, ...] = ()

    @property
    def hearing(self) -> tuple[str, ...]:
        """Those who would hear an alarm now."""
        return tuple(one.person for one in self.people if one.level is not Level.NOT)


def device_reach(device: str, vital: Vital, now: datetime) -> DeviceReach:
    """How one connected device stands."""
    if now - vital.beat_at > SILENT_AFTER:
        level, reason = Level.NOT, Reason.SILENT
    elif vital.sound == "muted":
        level, reason = Level.PARTLY, Reason.MUTED
    elif vital.battery is not None and vital.battery < LOW_BATTERY and not vital.charging:
        level, reason = Level.PARTLY, Reason.BATTERY
    else:
        level, reason = Level.FULL, Reason.OK
    return DeviceReach(device, level, reason, vital.beat_at, vital.battery, vital.sound)


def unit_reach(
    unit: str,
    on_duty: Iterable[tuple[str, str]],
    vitals: Mapping[str, Mapping[str, Vital]],
    now: datetime,
    known: Mapping[str, Known] | None = None,
) -> UnitReach:
    """Joins (person, duty) with each person's devices; a person counts once, however many shifts and devices."""
    people: dict[str, PersonReach] = {}
    for person, duty in on_duty:
        if person not in people:
            devices = tuple(device_reach(name, vital, now) for name, vital in vitals.get(person, {}).items())
            people[person] = person_reach(person, duty, devices, (known or {}).get(person, Known()))
    return UnitReach(unit, tuple(people.values()))


def person_reach(person: str, duty: str, devices: tuple[DeviceReach, ...], known: Known) -> PersonReach:
    """How one person stands: by their best device, held back by a missing proof, and caught by a notification."""
    level, reason = _best(devices)
    if level is Level.FULL and known.proven_at is None:
        level, reason = Level.PARTLY, Reason.NOT_PROVEN
    elif level is Level.NOT and known.push:
        level, reason = Level.PARTLY, Reason.PUSH_ONLY if known.push_proven_at else Reason.PUSH_UNPROVEN
    return PersonReach(person, duty, level, reason, devices, known)


def _best(devices: tuple[DeviceReach, ...]) -> tuple[Level, Reason]:
    for level in Level:
        for device in devices:
            if device.level is level:
                return level, device.reason
    return Level.NOT, Reason.NOT_CONNECTED
