"""A substitute for one shift: known, on duty and reached from the moment they scan a code, and gone by themselves."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock, micros
from hub.people import access, deskstore, enrolments, persons, tables
from hub.people.access import Principal
from hub.people.changes import changed
from hub.people.credentials import device_token
from hub.people.desk import Change
from hub.people.enrolment import CodeGone, Enrolment, Purpose
from hub.people.enrolments import Enrolled, Enrolments
from hub.people.entry import Entry
from hub.people.faults import NotYours, say
from hub.people.localtime import read_moment
from hub.people.setup import as_slug
from hub.people.site import DeviceKind, DutyState, Role, Site
from hub.people.store import site as read_site
from hub.roster import store
from hub.roster.shift import Shift
from hub.storage.database import Database, Transaction

SOURCE = "substitute"
LONGEST = timedelta(hours=24)


async def give(change: Change, entry: Entry) -> Enrolment:
    """A code for somebody who takes one shift; nothing of theirs is made before they use it."""
    name = entry.needed("name", say("Write the substitute's name."), persons.LONGEST_NAME)
    unit = entry.one_of("unit", change.site.units)
    if unit is None:
        entry.wrong("unit", say("Choose the unit that they help in."))
    elif not access.leads(change.by, unit):
        raise NotYours(say("A substitute is for those who lead the unit to let in: ask a shift lead."))
    ends = until(entry, change.site, change.now)
    entry.refuse_if_faulty()
    made = enrolments.new(Purpose.SUBSTITUTE, change.now, kind=DeviceKind.PHONE, name=name, unit=unit, until=ends)
    return await enrolments.give(change, replace(made, expires_at=min(made.expires_at, ends or made.expires_at)))


def until(entry: Entry, site: Site, now: datetime) -> datetime | None:
    """The end of the shift as a clock time: the next time that the clock on the wall shows it, or a whole moment."""
    written = entry.needed("until", say("Write when the shift ends, such as 23:00."))
    zone = ZoneInfo(site.institution.timezone)
    if not written:
        return None
    today = now.astimezone(zone)
    try:
        meant = read_moment(f"{today:%Y-%m-%d} {written}" if len(written) <= 5 else written, zone)
        if len(written) <= 5 and meant <= now:
            meant = read_moment(f"{today + timedelta(days=1):%Y-%m-%d} {written}", zone)
    except ValueError:
        entry.wrong("until", say("Write when the shift ends, such as 23:00."))
        return None
    if not timedelta() < meant - now <= LONGEST:
        entry.wrong("until", say("A shift ends within a day from now: look at the time."))
    return meant


class Substitutes:
    """Lets substitutes in."""

    def __init__(self, database: Database, clock: Clock, codes: Enrolments) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    async def come(self, code: str) -> Enrolled:
        """Makes the substitute known, their shift, and their phone's right until it ends: all three, or nothing."""
        found = (await self._codes.look(code)).enrolment
        of, unit, until, token = found.institution, found.unit, found.until, device_token()
        if found.purpose is not Purpose.SUBSTITUTE or of is None or unit is None or until is None:
            raise CodeGone(say("This is no code of this hub: scan it once more, or ask for a new one."))

        async def action(tx: Transaction) -> Enrolled:
            now = self._clock.now()
            found.refuse_if_gone(now)
            who = await self._person(tx, found, of, unit, until)
            shift = Shift.of(SOURCE, who, unit, now, until, DutyState.ACTIVE, source_id=found.id)
            await store.add(tx, of, [shift])
            await deskstore.raise_roster(tx, of)
            by = Principal(of, who, Role.STAFF)
            facts = {"unit": unit, "until": micros(until), "let_in_by": found.made_by}
            await changed(tx, by, now, "substitute_came", f"person:{who}", facts)
            return await enrolments.make_device(tx, found, token, now, who, until)

        return await self._database.write(action, of=of)

    async def _person(self, tx: Transaction, found: Enrolment, of: str, unit: str, until: datetime) -> str:
        taken = await deskstore.present(tx, tables.PEOPLE, of)
        stem = f"vikar-{as_slug(found.name or '')[:30]}"
        who = next(one for one in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
        values = {"name": found.name, "role": Role.STAFF.value, "leaves_at": micros(until)}
        await deskstore.add(tx, tables.PEOPLE, of, id=who, **values)
        await deskstore.belongs(tx, of, who, (unit,))
        return who

    async def leave(self, of: str, who: str) -> None:
        """The substitute's shift is over: they are told of nothing more."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            row = (await deskstore.present(tx, tables.PEOPLE, of)).get(who)
            if row is None or row["retired_at"] is not None or row["leaves_at"] > micros(now):
                return
            by = Principal(of, who, Role.STAFF)
            change = Change(tx, now, by, await read_site(tx, of))
            devices = await persons.retire(change, who)
            await change.note("substitute_left", f"person:{who}", {"devices": devices}, in_file=False)

        await self._database.write(action, of=of)
