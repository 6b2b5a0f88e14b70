"""Floor plans, and where the rooms lie on them, changed by hand."""

from collections.abc import Mapping
from hashlib import sha256

from hub.errors import NotFound
from hub.people import planstore, tables
from hub.people.desk import Change
from hub.people.faults import FieldProblem, say
from hub.people.picture import look
from hub.people.planstore import Plan
from hub.people.site import Place, Site

# From the left and from the top, as fractions of the plan's width and height.
Spot = tuple[float, float]


def plan_of(unit: str, floor: str, data: bytes) -> Plan:
    """A picture as the plan of a unit's floor; FieldProblem if it is none."""
    return Plan(unit, floor, sha256(data).hexdigest(), look(data))


async def draw(change: Change, plan: Plan, data: bytes) -> None:
    """Hangs up a plan in place of the one before."""
    if plan.floor not in floors_of(change.site, plan.unit):
        raise NotFound(f"floor: no room of {plan.unit} is on {plan.floor!r}; give a room that floor first")
    await planstore.put(change.tx, change.of, plan, data)
    facts = {"floor": plan.floor, "picture": plan.digest}
    await change.note("plan_drawn", f"unit:{plan.unit}", facts, in_file=False)


async def remove(change: Change, unit: str, floor: str) -> None:
    """Takes a plan down; the rooms keep where they lie, for the next one."""
    if await planstore.remove(change.tx, change.of, unit, floor):
        await change.note("plan_removed", f"unit:{unit}", {"floor": floor}, in_file=False)


async def place(change: Change, unit: str, floor: str, spots: Mapping[str, Spot | None]) -> None:
    """Says where rooms lie on their plan; None is nowhere."""
    outside = [one for one, spot in spots.items() if spot is not None and not all(0 <= part <= 1 for part in spot)]
    if outside:
        raise FieldProblem({one: say("Write numbers from 0 to 100.") for one in outside})
    present = await change.present(tables.PLACES)
    moved = []
    for which, spot in spots.items():
        room = change.site.places.get(which)
        if room is None or not lies_on(room, unit, floor):
            raise NotFound(f"{which}: there is no such room on this floor of {unit} any more")
        x, y = spot or (None, None)
        if (room.x, room.y) != (x, y):
            await change.change(tables.PLACES, present[which], x=x, y=y)
            moved.append(which)
    if moved:
        await change.note("rooms_placed", f"unit:{unit}", {"floor": floor, "rooms": moved})


def floors_of(site: Site, unit: str) -> list[str]:
    """The floors of the unit's rooms; one without a name where nobody has named them."""
    return sorted({room.floor or "" for room in site.places.values() if room.unit == unit}) or [""]


def lies_on(room: Place, unit: str, floor: str) -> bool:
    """Whether the room belongs on the plan of this floor."""
    return room.unit == unit and (room.floor or "") == floor
