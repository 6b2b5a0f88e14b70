"""How a swap lies in the roster, so that no import undoes it: the taker's own shift, and the giver away from theirs."""

from dataclasses import replace

from hub.people.faults import Refused, say
from hub.people.site import Person, Role, Site
from hub.people.store import versions
from hub.roster import absencestore, store
from hub.roster.actions import Planned
from hub.roster.difference import Difference
from hub.roster.shift import SWAP, Absence, Away, Shift
from hub.roster.shift import standing as still_worked
from hub.roster.swap import Part, Swap
from hub.storage.database import Reader

_LEADING = frozenset({Role.SHIFT_LEAD, Role.MANAGER, Role.ADMIN})


# What must be written for one shift to be somebody else's.
Handed = tuple[Difference[Shift], Difference[Absence]]


def qualified(site: Site, who: str, part: Part) -> bool:
    """Whether somebody may have this shift: it is in a unit of theirs, and they may lead where it leads."""
    person: Person | None = site.people.get(who)
    if person is None or (person.units and part.unit not in person.units):
        return False
    return part.role in (None, Role.STAFF) or person.role in _LEADING


async def standing(tx: Reader, institution: str, who: str, which: str) -> Part:
    """The person's shift as it stands; Refused if it is not theirs, or something takes them off it."""
    shift = await store.find(tx, institution, which)
    if shift is None or shift.person != who:
        raise Refused(say("The roster has changed: this shift is somebody else's now, or there is none."))
    away = await absencestore.absences_of(tx, institution, who, shift.starts, shift.ends)
    if any(one.stands_against(shift) for one in away):
        raise Refused(say("The roster has changed: this shift is not worked by its person."))
    return Part.of(shift)


async def planned(tx: Reader, swap: Swap, taker: str) -> Planned:
    """The roster with the swap in it; Refused if somebody cannot have what they would get."""
    of = swap.institution
    seen = await versions(tx, of)
    hands = [(swap.gives, swap.giver, taker, swap.id)]
    if swap.wants is not None:
        hands.append((swap.wants, taker, swap.giver, f"{swap.id}:return"))
    made = Planned(Difference([], [], [], 0), Difference([], [], [], 0), seen or (0, 0))
    for part, before, after, key in hands:
        if await standing(tx, of, before, part.shift) != part:
            raise Refused(
                say("The roster has changed: this shift has other hours now. Withdraw it and offer it again.")
            )
        shift = (await store.find_many(tx, of, [part.shift]))[part.shift]
        gone = (await absencestore.find_many(tx, of, [part.shift])).get(part.shift)
        shifts, absences = handed_over(shift, after, key, gone)
        made = Planned(made.shifts + shifts, made.absences + absences, made.seen)
    for part, _, after, _ in hands:
        await _refuse_if_busy(tx, of, after, part, made)
    return made


def handed_over(shift: Shift, to: str, key: str, gone: Absence | None) -> Handed:
    """One shift from its person to another; `gone` is who gave it away before, where it came by a swap itself."""
    if shift.source != SWAP:
        own = Shift.of(SWAP, to, shift.unit, shift.starts, shift.ends, shift.duty, role=shift.role, source_id=key)
        off = Absence.of(SWAP, shift.person, shift.unit, shift.starts, shift.ends, Away.COVERED, source_id=key)
        return Difference([own], [], [], 0), Difference([off], [], [], 0)
    if gone is not None and gone.person == to:
        # Back with whom the roster's own system has it.
        return Difference([], [], [shift], 0), Difference([], [], [gone], 0)
    return Difference([], [(shift, replace(shift, person=to))], [], 0), Difference([], [], [], 0)


async def _refuse_if_busy(tx: Reader, of: str, who: str, part: Part, made: Planned) -> None:
    mine = {one.id: one for one in await store.shifts_of(tx, of, who, part.starts, part.ends)}
    away = {one.id: one for one in await absencestore.absences_of(tx, of, who, part.starts, part.ends)}
    shifts, absences = made.shifts.laid_over(mine), made.absences.laid_over(away)
    if any(one.person == who and one.unit is None and _meets(one, part) for one in absences.values()):
        raise Refused(say("Whoever takes the shift is away then."))
    theirs = [one for one in shifts.values() if one.person == who and _meets(one, part)]
    held = still_worked(theirs, absences.values())
    if len(held) > 1:
        raise Refused(say("Whoever takes the shift has another one then."))
    if not held:
        raise Refused(say("The roster has changed: this shift is somebody else's now, or there is none."))


def _meets(one: Shift | Absence, part: Part) -> bool:
    return one.starts < part.ends and part.starts < one.ends
