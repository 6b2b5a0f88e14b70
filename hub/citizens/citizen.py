"""A citizen whom the house looks after: where they live, what helps in need, and who may read it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.citizens.number import Number
from hub.people import access
from hub.people.access import Principal
from hub.people.site import Role, Site

LONGEST_NAME = 120
# Administrators see to the house and read of nobody who lives there, as with the papers of incidents.
_ON_THE_FLOOR = frozenset({Role.STAFF, Role.SHIFT_LEAD, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Card:
    """The least that must be known of somebody in need; each field may be empty."""

    helps: str = ""
    guardian: str = ""
    plan: str = ""
    case_number: str = ""
    case_system: str = ""


# The fields of a card, and how much fits into each.
LONGEST: Mapping[str, int] = {"helps": 400, "guardian": 200, "plan": 600, "case_number": 60, "case_system": 60}


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who lives in a unit, or did."""

    institution: str
    id: str
    name: str = field(repr=False)
    unit: str
    added_by: str
    added_at: datetime
    place: str | None = None
    numbers: tuple[Number, ...] = field(default=(), repr=False)
    card: Card = field(default=Card(), repr=False)
    moved_out_at: datetime | None = None
    held_at: datetime | None = None
    """Since when it is kept though its time may be over, and why."""
    held_why: str = field(default="", repr=False)
    version: int = 1

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.unit:
            raise ValueError("a citizen has a name, and a unit that looks after them")

    @property
    def here(self) -> bool:
        return self.moved_out_at is None


def may_enter(by: Principal) -> bool:
    """Those who work with citizens, behind a password: a phone that is found in a bus tells of nobody."""
    return by.session is not None and by.role in _ON_THE_FLOOR


def may_read(by: Principal, one: Citizen) -> bool:
    """The staff of their unit; of those who have moved out, the unit's leaders."""
    return may_enter(by) and access.may_see_unit(by, one.unit) and (one.here or access.leads(by, one.unit))


def may_end(by: Principal, unit: str) -> bool:
    """Those who lead the unit say that somebody has moved out, and what is kept of them."""
    return may_enter(by) and access.leads(by, unit)


def homes(site: Site, by: Principal) -> list[tuple[str, str]]:
    """Where somebody may be said to live: each unit of whoever asks, and each of its rooms."""
    found = []
    for unit in site.units.values():
        if access.may_see_unit(by, unit.id):
            rooms = [place for place in site.places.values() if place.unit == unit.id]
            found += [(unit.id, unit.name), *((f"{unit.id}/{room.id}", f"{unit.name} · {room.name}") for room in rooms)]
    return found


def subject(which: str) -> str:
    """What the journal calls a citizen."""
    return f"citizen:{which}"
