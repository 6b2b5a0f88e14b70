"""Shifts made in the hub itself: added, moved, changed and taken off by those who lead the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from hub.clock import rfc3339
from hub.errors import NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.desk import Change
from hub.people.entry import Entry
from hub.people.faults import NotYours, Refused, say
from hub.people.localtime import shown
from hub.people.site import DutyState, Site
from hub.people.store import versions
from hub.roster import absencestore, store
from hub.roster.actions import Planned, changed, write_planned
from hub.roster.attending import EARLY
from hub.roster.difference import Difference
from hub.roster.rest import Breach
from hub.roster.resting import Known, accept, known
from hub.roster.shift import Away, Shift
from hub.roster.shifttimes import times
from hub.storage.database import Reader

SOURCE = "hub"
# What a plan has put there may be changed by hand too; then it is the plan's no more.
MADE_HERE = (SOURCE, "plan")


@dataclass(frozen=True, slots=True)
class Move:
    """A shift as it stands and as it is to be, one of them nothing; and all that tells what this would break."""

    before: Shift | None
    after: Shift | None
    planned: Planned
    known: Known

    def breaches(self) -> Sequence[Breach]:
        """The rest rules that it would break and that nobody has accepted."""
        return self.known.broken_by(self.planned) if self.after is not None else ()


async def editable(tx: Reader, by: Principal, which: str, now: datetime) -> Shift:
    """The shift, if whoever asks may change it here and now."""
    shift = await store.find(tx, by.institution, which)
    if shift is None:
        raise NotFound("There is no such shift any more.")
    if not access.leads(by, shift.unit):
        raise NotYours(say("A shift is for those who lead the unit to change: ask a shift lead."))
    if shift.source not in MADE_HERE:
        raise Refused(
            say("This shift comes from {source}: change it there, or let somebody cover it.", source=shift.source)
        )
    if shift.ends <= now:
        raise Refused(say("This shift is over: what was, stays written down."))
    return shift


async def wanted(tx: Reader, site: Site, by: Principal, which: str | None, entry: Entry, now: datetime) -> Move:
    """What the form asks of the roster; FieldProblem says what is wrong with it, beside each field."""
    before = await editable(tx, by, which, now) if which is not None else None
    unit = entry.one_of("unit", [unit for unit in site.units if access.leads(by, unit)])
    person, duty = entry.one_of("person", site.people), entry.choice("duty", DutyState)
    if unit is None:
        entry.wrong("unit", say("Choose the unit that the shift is in."))
    if person is None:
        entry.wrong("person", say("Choose whose shift it is."))
    hours = times(entry, ZoneInfo(site.institution.timezone), now, before)
    entry.refuse_if_faulty()
    if unit is None or person is None or duty is None or hours is None:
        raise NotFound("The form is not whole.")
    after = await _as_wanted(tx, by, before, person, unit, hours, duty)
    await _refuse_double(tx, site, by, entry, before, after)
    return await _move(tx, by, before, after)


async def without(tx: Reader, by: Principal, which: str, now: datetime) -> Move:
    """The roster without this shift."""
    return await _move(tx, by, await editable(tx, by, which, now), None)


async def write(change: Change, move: Move, broken: Sequence[Breach], why: str) -> bool:
    """Puts it into the roster, with why these rest rules may be broken; False if the roster has changed meanwhile."""
    for one in (move.before, move.after):
        if one is not None and not access.leads(change.by, one.unit):
            raise NotYours(say("A shift is for those who lead the unit to change: ask a shift lead."))
    if not await write_planned(change.tx, change.of, move.planned, change.now, change.by.person):
        return False
    for breach in broken:
        await accept(change.tx, change.site, change.by, breach, why, change.now)
    what = "added" if move.before is None else "removed" if move.after is None else "changed"
    facts = _facts(move.after or move.before) | ({"was": _facts(move.before)} if what == "changed" else {})
    about = move.before or move.after
    await changed(change.tx, change.of, change.now, f"shift_{what}", about.id if about else "", change.by.name, facts)
    return True


async def _as_wanted(
    tx: Reader,
    by: Principal,
    before: Shift | None,
    person: str,
    unit: str,
    hours: tuple[datetime, datetime],
    duty: DutyState,
) -> Shift:
    """It stays the same shift, with who has checked in to it, as long as it stays the same person's."""
    if before is not None and before.person == person:
        seen = await absencestore.attended_shift(tx, by.institution, before.id)
        still = before.source == SOURCE if seen is None else hours[0] - EARLY <= seen.in_at
        if still:
            return Shift.of(before.source, person, unit, *hours, duty, role=before.role, source_id=before.source_id)
    return Shift.of(SOURCE, person, unit, *hours, duty, source_id=str(uuid7()))


async def _refuse_double(
    tx: Reader, site: Site, by: Principal, entry: Entry, before: Shift | None, after: Shift
) -> None:
    name, around = site.people[after.person].name, (after.starts, after.ends)
    for other in await store.shifts_of(tx, by.institution, after.person, *around):
        if other.unit == after.unit and (before is None or other.id != before.id):
            when = shown(other.starts, site.institution.timezone)
            entry.wrong("person", say("{name} has a shift here then already, from {when}.", name=name, when=when))
    for away in await absencestore.absences_of(tx, by.institution, after.person, *around):
        if away.unit in (None, after.unit) and away.kind is not Away.COVERED:
            until = shown(away.ends, site.institution.timezone)
            entry.wrong("person", say("{name} is away until {until}: choose somebody else.", name=name, until=until))
    entry.refuse_if_faulty()


async def _move(tx: Reader, by: Principal, before: Shift | None, after: Shift | None) -> Move:
    both = [one for one in (before, after) if one is not None]
    same = before is not None and after is not None and before.id == after.id
    shifts: Difference[Shift] = Difference(
        new=[after] if after is not None and not same else [],
        changed=[(before, after)] if same and before is not None and after is not None else [],
        gone=[before] if before is not None and not same else [],
        unchanged=0,
    )
    planned = Planned(shifts, Difference([], [], [], 0), await versions(tx, by.institution) or (0, 0))
    first, end = min(one.starts for one in both), max(one.ends for one in both)
    around = first - timedelta(days=1), end + timedelta(days=1)
    return Move(before, after, planned, await known(tx, by.institution, *around, {one.person for one in both}))


def _facts(shift: Shift | None) -> dict[str, Any]:
    if shift is None:
        return {}
    hours = {"from": rfc3339(shift.starts), "to": rfc3339(shift.ends)}
    return {"person": shift.person, "unit": shift.unit, "duty": shift.duty.value, **hours}
