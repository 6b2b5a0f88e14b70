"""A shift lead's word about who covers until when: it wins over every import until it ends."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from uuid_utils import uuid7

from hub.clock import Clock, rfc3339
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.people import access, deskstore
from hub.people.access import Principal
from hub.people.site import DutyState, Site
from hub.people.store import principal
from hub.people.store import site as read_site
from hub.roster import absencestore, newsstore, store
from hub.roster.actions import changed
from hub.roster.news import Kind, News
from hub.roster.shift import OVERRIDE, Absence, Away, Shift
from hub.storage.database import Database, Reader, Transaction

LONGEST = timedelta(hours=36)


async def cover(
    database: Database,
    clock: Clock,
    token: str,
    unit: str,
    person: str,
    until: datetime,
    instead_of: str | None = None,
    duty: DutyState = DutyState.ACTIVE,
    why: str | None = None,
) -> dict[str, Any]:
    """Puts somebody on duty in a unit from now on, whatever the roster says, and takes off whom they stand in for."""
    by, site = await _who(database, clock, token)
    _refuse(by, site, unit, person, until, instead_of, clock.now())

    async def action(tx: Transaction) -> dict[str, Any]:
        now = clock.now()
        key = str(uuid7())
        if instead_of is not None:
            # Whoever stood in for somebody is stood in for in turn.
            for earlier in await running(tx, by.institution, now):
                if earlier.person == instead_of and earlier.unit == unit:
                    await _end(tx, by.institution, earlier, now)
        shift = Shift.of(OVERRIDE, person, unit, now, until, duty, source_id=key)
        await store.add(tx, by.institution, [shift])
        if instead_of is not None:
            off = Absence.of(OVERRIDE, instead_of, unit, now, until, Away.COVERED, source_id=key)
            await absencestore.add(tx, by.institution, [off])
        facts = {"unit": unit, "person": person, "until": rfc3339(until), "duty": duty.value}
        facts |= {"instead_of": instead_of} if instead_of else {}
        entry = await changed(tx, by.institution, now, "cover_began", shift.id, by.name, facts)
        # Beside the row and not in it: what stands in the chain can never be deleted.
        if why:
            await deskstore.keep_reason(tx, by.institution, entry.seq, why)
        told = [(person, "new"), *([(instead_of, "gone")] if instead_of is not None else [])]
        await newsstore.add(tx, [_news(by, who, how, shift, now) for who, how in told if who != by.person])
        return cover_json(shift, instead_of, site)

    return await database.write(action, of=by.institution)


async def end(database: Database, clock: Clock, token: str, which: str) -> dict[str, Any]:
    """Ends a cover before its time: the roster counts again."""
    by, site = await _who(database, clock, token)

    async def action(tx: Transaction) -> dict[str, Any]:
        now = clock.now()
        found = next((one for one in await running(tx, by.institution, now) if one.id == which), None)
        if found is None:
            raise NotFound("No such cover here, or it has ended.")
        if not access.leads(by, found.unit):
            raise Forbidden("Who covers is for those who lead the unit to say: ask a shift lead.")
        await _end(tx, by.institution, found, now)
        await changed(tx, by.institution, now, "cover_ended", which, by.name, {"unit": found.unit})
        if found.person != by.person:
            await newsstore.add(tx, [_news(by, found.person, "gone", found, now)])
        return cover_json(found, None, site)

    return await database.write(action, of=by.institution)


async def running(tx: Reader, institution: str, now: datetime) -> list[Shift]:
    """The covers that hold now."""
    found = await store.shifts(tx, institution, now, now + timedelta(microseconds=1))
    return [one for one in found if one.source == OVERRIDE]


async def shown(
    tx: Reader, institution: str, site: Site, now: datetime, units: Collection[str]
) -> list[dict[str, Any]]:
    """The covers that hold now in these units, and for whom they stand in."""
    away = {one.id: one.person for one in await absencestore.absences_at(tx, institution, now)}
    covers = await running(tx, institution, now)
    return [cover_json(one, away.get(one.id), site) for one in covers if one.unit in units]


def cover_json(shift: Shift, instead_of: str | None, site: Site) -> dict[str, Any]:
    """A cover as it is shown."""
    made: dict[str, Any] = {
        "id": shift.id,
        "unit": shift.unit,
        "person": shift.person,
        "name": _name(site, shift.person),
        "duty": shift.duty.value,
        "from": rfc3339(shift.starts),
        "until": rfc3339(shift.ends),
    }
    if instead_of is not None:
        made |= {"instead_of": instead_of, "instead_of_name": _name(site, instead_of)}
    return made


async def _who(database: Database, clock: Clock, token: str) -> tuple[Principal, Site]:
    async with database.read() as tx:
        by = await principal(tx, token, clock.now())
        return by, await read_site(tx, by.institution)


def _refuse(
    by: Principal, site: Site, unit: str, person: str, until: datetime, instead_of: str | None, now: datetime
) -> None:
    if unit not in site.units:
        raise NotFound(f"unit: there is no unit {unit!r} here; it has {', '.join(site.units)}")
    if not access.leads(by, unit):
        raise Forbidden("Who covers is for those who lead the unit to say: ask a shift lead.")
    for field, who in (("person", person), ("instead_of", instead_of)):
        if who is not None and who not in site.people:
            raise Invalid(f"{field}: nobody here has the id {who!r}")
    if person == instead_of:
        raise Invalid("instead_of: nobody stands in for themselves; leave it out, or name the other one")
    if not now < until <= now + LONGEST:
        raise Invalid(f"until: a cover ends within {LONGEST // timedelta(hours=1)} hours from now")


async def _end(tx: Transaction, institution: str, one: Shift, now: datetime) -> None:
    if one.starts >= now:
        raise Conflict("The cover has begun this very moment: try again.")
    ended = Shift.of(OVERRIDE, one.person, one.unit, one.starts, now, one.duty, source_id=one.source_id)
    await store.change(tx, institution, [(one, ended)], now)
    for off in (await absencestore.find_many(tx, institution, [one.id])).values():
        stops = Absence.of(OVERRIDE, off.person, off.unit, off.starts, now, off.kind, source_id=off.source_id)
        await absencestore.change(tx, institution, [(off, stops)])


def _news(by: Principal, who: str, how: str, shift: Shift, now: datetime) -> News:
    return News.of(by.institution, who, Kind.CHANGED, shift, now, how=how, n=1)


def _name(site: Site, person: str) -> str:
    return site.people[person].name if person in site.people else person
