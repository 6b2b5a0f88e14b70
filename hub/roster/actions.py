"""Changing the roster: all of a source's shifts at once, or none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.errors import Invalid
from hub.people import actions as people
from hub.people.actions import SetUp
from hub.people.setup import SiteFile
from hub.people.site import Site
from hub.people.store import site as read_site
from hub.people.store import versions
from hub.roster import store
from hub.roster.events import RosterChanged
from hub.roster.shift import Shift
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

SITE = "site"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many shifts of one source came, changed, went and stayed as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class SiteAndRoster:
    """What one run of set-up did to an institution, and to the shifts that its file tells."""

    site: SetUp
    roster: Imported

    @property
    def tokens(self) -> Mapping[str, str]:
        """`{device id: token}` of the devices that this run made; the hub keeps only a hash of each."""
        return self.site.tokens


async def setup_site(database: Database, site_file: SiteFile, rules_text: str, clock: Clock) -> SiteAndRoster:
    """Creates or updates an institution with its shifts, whole or not at all; safe to run again."""
    prepared = await people.prepare(database, site_file, rules_text)
    wanted = [Shift.of(SITE, one.person, one.unit, one.starts, one.ends, one.duty) for one in site_file.shifts]

    async def action(tx: Transaction) -> SiteAndRoster:
        now = clock.now()
        done = await people.write_site(tx, prepared, now)
        present = await store.of_source(tx, site_file.institution.id, SITE)
        # A shift that is over is history: it stays, though the file no longer tells of it.
        ongoing = {key: shift for key, shift in present.items() if shift.ends > now}
        imported = await _replace(tx, site_file.institution.id, present, ongoing, wanted)
        await _announce(tx, site_file.institution.id)
        return SiteAndRoster(done, imported)

    return await database.write(action, of=site_file.institution.id)


async def import_shifts(
    database: Database, institution: str, source: str, shifts: Sequence[Shift], clock: Clock
) -> Imported:
    """Makes a source's shifts in the institution those given, whole or not at all; safe to run again.

    Shifts that the source told earlier and now does not are removed, if they begin on the same days and are in the
    same units as those given: a file about one week, or one unit, says nothing about the others.
    """
    if source == SITE or any(shift.source != source for shift in shifts):
        raise Invalid(f'These shifts do not all come from "{source}": import each source by itself.')

    async def action(tx: Transaction) -> Imported:
        now = clock.now()
        site = await read_site(tx, institution)
        _refuse_strangers(site, shifts)
        # Not all that the source ever told: years of it would keep alarms waiting while they are read.
        spoken_of = await _spoken_of(tx, institution, source, shifts, ZoneInfo(site.institution.timezone))
        moved = [await store.find(tx, institution, shift.id) for shift in shifts if shift.id not in spoken_of]
        present = spoken_of | {shift.id: shift for shift in moved if shift is not None}
        imported = await _replace(tx, institution, present, spoken_of, shifts)
        await store.next_version(tx, institution)
        facts = {"added": imported.added, "changed": imported.changed, "removed": imported.removed}
        await journal.append(tx, institution, now, "roster_imported", subject=source, facts=facts)
        await _announce(tx, institution)
        return imported

    return await database.write(action, of=institution)


def _refuse_strangers(site: Site, shifts: Sequence[Shift]) -> None:
    for shift in shifts:
        if shift.person not in site.people:
            raise Invalid(f'Nobody here has the id "{shift.person}": add the person to the site, or mend the roster.')
        if shift.unit not in site.units:
            raise Invalid(f'There is no unit "{shift.unit}" here: add the unit to the site, or mend the roster.')


async def _spoken_of(
    tx: Reader, institution: str, source: str, shifts: Sequence[Shift], zone: ZoneInfo
) -> dict[str, Shift]:
    if not shifts:
        return {}
    units = {shift.unit for shift in shifts}
    first = _midnight(min(shift.starts for shift in shifts), zone)
    end = _midnight(max(shift.starts for shift in shifts) + timedelta(days=1), zone)
    present = await store.beginning(tx, institution, source, first, end)
    return {shift.id: shift for shift in present if shift.unit in units}


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def _replace(
    tx: Transaction,
    institution: str,
    present: Mapping[str, Shift],
    replaced: Mapping[str, Shift],
    wanted: Sequence[Shift],
) -> Imported:
    """Writes the wanted shifts; those of `replaced` that are not among them go."""
    kept = {shift.id for shift in wanted}
    new = [shift for shift in wanted if shift.id not in present]
    changed = [shift for shift in wanted if shift.id in present and present[shift.id] != shift]
    gone = [shift for key, shift in replaced.items() if key not in kept]
    await store.remove(tx, institution, gone)
    await store.change(tx, institution, changed)
    await store.add(tx, institution, new)
    return Imported(len(new), len(changed), len(gone), len(wanted) - len(new) - len(changed))


async def _announce(tx: Transaction, institution: str) -> None:
    now = await versions(tx, institution)
    if now is not None:
        tx.announce(RosterChanged(institution, now[1]))
