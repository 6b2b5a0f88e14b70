"""The rows that an institution lies in, as the parts of its site."""

from collections.abc import Mapping

from hub.people.site import Card, Device, DeviceKind, Person, Place, Role, Unit
from hub.storage.database import Row


def unit_of(row: Row, neighbours: tuple[str, ...], cards: Mapping[str, Card]) -> Unit:
    """One of its units, with those that help and the instruction cards in force."""
    flags = bool(row["quiet"]), cards, bool(row["approves_swaps"])
    return Unit(row["id"], row["name"], neighbours, *flags, row["minimum_reach"], row["minimum_within"])


def place_of(row: Row) -> Place:
    """One of its rooms."""
    return Place(row["id"], row["unit"], row["name"], row["floor"], row["x"], row["y"])


def person_of(row: Row, units: tuple[str, ...], push: bool) -> Person:
    """One of its people, with their units in their order."""
    named = (row["id"], row["name"], Role(row["role"]))
    return Person(*named, units, row["phone"], row["email"], push, row["weekly_minutes"])


def device_of(row: Row) -> Device:
    """One of its devices."""
    revoked, enrolled = row["revoked_at"] is not None, bool(row["enrolled"])
    return Device(row["id"], DeviceKind(row["kind"]), row["person"], row["place"], revoked, row["name"], enrolled)
