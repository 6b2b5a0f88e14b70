"""Checking in when a shift begins, and out when it is over; and whether a unit wants that."""

from datetime import datetime, timedelta
from typing import Any

from hub.clock import Clock, rfc3339
from hub.errors import Conflict, Forbidden, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.store import principal
from hub.people.store import site as read_site
from hub.roster import absencestore, store
from hub.roster.actions import changed
from hub.roster.shift import Shift
from hub.storage.database import Database, Reader, Transaction

# Whoever comes a little early is there.
EARLY = timedelta(minutes=30)


async def attend(database: Database, clock: Clock, token: str, *, present: bool) -> list[dict[str, Any]]:
    """Keeps that the person's shifts have begun for them, or are over; gives these shifts back."""
    async with database.read() as tx:
        by = await principal(tx, token, clock.now())

    async def action(tx: Transaction) -> list[dict[str, Any]]:
        now = clock.now()
        shifts = await own(tx, by, now)
        if not shifts:
            raise Conflict("You have no shift now, nor within half an hour: ask a shift lead to put you on the roster.")
        write = absencestore.check_in if present else absencestore.check_out
        new = [one for one in shifts if await write(tx, by.institution, one.id, now)]
        if new:
            facts = {"shifts": [one.id for one in new]}
            event = "checked_in" if present else "checked_out"
            await changed(tx, by.institution, now, event, by.person or "", by.name, facts)
        return [await _json(tx, by.institution, one) for one in shifts]

    return await database.write(action, of=by.institution)


async def own(tx: Reader, by: Principal, now: datetime) -> list[Shift]:
    """The caller's shifts that run now or are about to begin."""
    if by.person is None:
        raise Forbidden("Only a person has shifts: sign in, or use a device of your own.")
    found = await store.shifts(tx, by.institution, now, now + EARLY)
    return [one for one in found if one.person == by.person]


async def want_check_in(database: Database, clock: Clock, token: str, unit: str, wanted: bool) -> None:
    """Sets whether only those who have checked in count as on duty in a unit, once somebody has."""
    async with database.read() as tx:
        by = await principal(tx, token, clock.now())
        site = await read_site(tx, by.institution)
    if unit not in site.units:
        raise NotFound(f"unit: there is no unit {unit!r} here; it has {', '.join(site.units)}")
    if not access.leads(by, unit):
        raise Forbidden("What counts as on duty is for those who lead the unit to say.")

    async def action(tx: Transaction) -> None:
        if await absencestore.make_strict(tx, by.institution, unit, wanted):
            await changed(tx, by.institution, clock.now(), "check_in_wanted", unit, by.name, {"wanted": wanted})

    await database.write(action, of=by.institution)


async def _json(tx: Reader, institution: str, shift: Shift) -> dict[str, Any]:
    seen = await absencestore.attended_shift(tx, institution, shift.id)
    made = {"id": shift.id, "unit": shift.unit, "from": rfc3339(shift.starts), "to": rfc3339(shift.ends)}
    if seen is not None:
        made["in_at"] = rfc3339(seen.in_at)
        if seen.out_at is not None:
            made["out_at"] = rfc3339(seen.out_at)
    return made
