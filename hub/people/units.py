"""Units and their rooms, changed by hand."""

from hub.errors import NotFound
from hub.people import deskstore, tables
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import Refused, say
from hub.people.site import LONGEST_WITHIN, MOST_TOLD, Place, Site

LONGEST_NAME = 80


async def add(change: Change, entry: Entry) -> str:
    """Makes a unit with its rooms; gives its id."""
    name = _name(entry, change.site, None)
    rooms = _new_rooms(entry, ())
    entry.refuse_if_faulty()
    which = await change.new_id(tables.UNITS, name)
    await change.add(tables.UNITS, id=which, name=name, rank=len(await change.present(tables.UNITS)))
    made = [await _add_room(change, which, room) for room in rooms]
    if entry.raw("both_ways"):
        await _all_neighbours(change, which)
    await change.note("unit_added", f"unit:{which}", {"rooms": made})
    return which


async def alter(change: Change, which: str, entry: Entry) -> None:
    """Gives the unit its name, neighbours and rooms as they stand in the form."""
    row = (await change.present(tables.UNITS)).get(which)
    if row is None or which not in change.site.units:
        raise NotFound(f"There is no unit {which!r} here any more.")
    name = _name(entry, change.site, which)
    neighbours = entry.some_of("neighbours", [one for one in change.site.units if one != which])
    rooms = {room.id: room for room in rooms_of(change.site, which)}
    kept = {room: entry.text(f"room-{room}", LONGEST_NAME) for room in rooms}
    floors = {room: entry.text(f"floor-{room}", LONGEST_NAME) for room in rooms}
    new = _new_rooms(entry, [name for name in kept.values() if name])
    limits = {
        "minimum_reach": entry.whole("minimum_reach", MOST_TOLD),
        "minimum_within": entry.whole("minimum_within", LONGEST_WITHIN),
    }
    change.why = entry.why(needed=False)
    entry.refuse_if_faulty()
    approves = int(bool(entry.raw("approves_swaps"))) or None
    await change.change(tables.UNITS, row, name=name, approves_swaps=approves, **limits)
    await deskstore.neighbours(change.tx, change.of, which, neighbours)
    present = await change.present(tables.PLACES)
    gone = [room for room, called in kept.items() if called is None]
    for room in gone:
        await change.end(tables.PLACES, room)
    renamed = [
        room
        for room, called in kept.items()
        if called and (called, floors[room]) != (rooms[room].name, rooms[room].floor)
    ]
    for room in renamed:
        await change.change(tables.PLACES, present[room], name=kept[room], floor=floors[room])
    made = [await _add_room(change, which, room) for room in new]
    facts = {"rooms_added": made, "rooms_changed": renamed, "rooms_retired": gone, "neighbours": list(neighbours)}
    newly = {limit: to for limit, to in limits.items() if to != row[limit]}
    await change.note("unit_changed", f"unit:{which}", {**facts, **newly})


async def retire(change: Change, which: str, entry: Entry) -> None:
    """Closes a unit that nobody and nothing belongs to any more."""
    if which not in change.site.units:
        raise NotFound(f"There is no unit {which!r} here any more.")
    change.why = entry.why()
    entry.refuse_if_faulty()
    people = [person.name for person in change.site.people.values() if person.units == (which,)]
    if people:
        names = ", ".join(people[:5])
        raise Refused(say("{names} have no other unit: give them one first.", names=names))
    rooms = {room.id for room in rooms_of(change.site, which)}
    if any(device.place in rooms and not device.revoked for device in change.site.devices.values()):
        raise Refused(say("Buttons or screens hang in this unit: revoke them first."))
    for room in rooms:
        await change.end(tables.PLACES, room)
    await deskstore.forget_unit(change.tx, change.of, which)
    await change.end(tables.UNITS, which)
    await deskstore.raise_roster(change.tx, change.of)
    await change.note("unit_retired", f"unit:{which}", {"rooms": sorted(rooms)})


def rooms_of(site: Site, unit: str) -> list[Place]:
    return [place for place in site.places.values() if place.unit == unit]


def _name(entry: Entry, site: Site, which: str | None) -> str:
    name = entry.needed("name", say("Write what the unit is called, such as Afdeling Nord."), LONGEST_NAME)
    if any(unit.name.casefold() == name.casefold() and unit.id != which for unit in site.units.values()):
        entry.wrong("name", say("Another unit is called this: give each a name of its own."))
    return name


def _new_rooms(entry: Entry, present: "list[str] | tuple[()]") -> list[str]:
    rooms = entry.lines("rooms")
    known = {name.casefold() for name in present}
    twice = [room for n, room in enumerate(rooms) if room.casefold() in known | {one.casefold() for one in rooms[:n]}]
    if twice:
        entry.wrong("rooms", say("{name} stands twice: write each room once.", name=twice[0]))
    return rooms


async def _add_room(change: Change, unit: str, name: str) -> str:
    which = await change.new_id(tables.PLACES, f"{unit}-{name}")
    await change.add(tables.PLACES, id=which, unit=unit, name=name)
    return which


async def _all_neighbours(change: Change, which: str) -> None:
    """The new unit and those there are help each other, unless somebody says otherwise."""
    others = tuple(change.site.units)
    await deskstore.neighbours(change.tx, change.of, which, others)
    for other in change.site.units.values():
        await deskstore.neighbours(change.tx, change.of, other.id, (*other.neighbours, which))
