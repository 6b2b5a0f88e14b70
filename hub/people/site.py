"""One institution as it is set up: its units, places, people, devices and outside contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person may do in the institution."""

    STAFF = "staff"
    SHIFT_LEAD = "shift_lead"
    MANAGER = "manager"
    ADMIN = "admin"


class DeviceKind(StrEnum):
    """What a trigger can be pressed on, or an alarm shown on."""

    PHONE = "phone"
    PC = "pc"
    BUTTON = "button"
    PANEL = "panel"
    WALLBOARD = "wallboard"
    SERVICE = "service"


class DutyState(StrEnum):
    """How awake and how near a person on duty is."""

    ACTIVE = "active"
    SLEEPING = "sleeping"
    STANDBY = "standby"
    TELEPHONE = "telephone"


@dataclass(frozen=True, slots=True)
class Institution:
    id: str
    name: str
    municipality: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a unit does at one kind of alarm, in a few words of its own, as of one version."""

    version: int
    text: str


# A unit's own limits lie from nothing to these.
MOST_TOLD, LONGEST_WITHIN = 1000, 86_400


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    name: str
    neighbours: tuple[str, ...] = ()
    quiet: bool = False
    """Whether alarms here make no sound of themselves, for the residents' sake."""
    cards: Mapping[str, Card] = field(default_factory=dict, hash=False)
    """The instruction card in force for each kind of alarm that has one."""
    approves_swaps: bool = False
    """Whether a swap of its shifts waits for somebody who leads it."""
    minimum_reach: int | None = None
    """How many must be told of an alarm here, where the unit has a limit of its own and not that of the rules."""
    minimum_within: int | None = None
    """Within how many seconds, likewise."""


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    unit: str
    name: str
    floor: str | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    role: Role
    units: tuple[str, ...] = ()
    phone: str | None = None
    email: str | None = None
    push: bool = False
    """Whether a browser of theirs can be reached with its page closed."""
    weekly_minutes: int | None = None
    """The hours a week that were agreed on, where they were."""


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    kind: DeviceKind
    person: str | None = None
    place: str | None = None
    revoked: bool = False
    name: str | None = None
    enrolled: bool = False
    """Whether it came by a code, and so is in no site file."""


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    phone: str | None = None
    email: str | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Everything about one institution that an alarm needs to know, as of one version."""

    institution: Institution
    units: Mapping[str, Unit] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    rules: str = ""
    version: int = 1
