"""Changing the roster: all of a source's shifts at once, or none of them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import Clock
from hub.errors import Conflict, Invalid
from hub.people import actions as people
from hub.people.actions import SetUp
from hub.people.setup import SiteFile
from hub.people.site import Site
from hub.people.store import site as read_site
from hub.people.store import versions
from hub.roster import absencestore, newsstore, store
from hub.roster.difference import Difference, E, Imported, compared
from hub.roster.events import RosterChanged
from hub.roster.news import changes
from hub.roster.shift import OVERRIDE, SWAP, Absence, Shift, entry_id
from hub.storage import journal
from hub.storage.database import Database, Reader, Transaction

SITE = "site"
# A roster that somebody else changes is read again before it is given up.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says: its shifts and absences, and what it says of others by not naming them.

    With `whole`, it names all that begin between these two moments. Without, it speaks of the days on which its shifts
    begin, in their units, and of nothing else: a file about one week says nothing about the others.
    """

    shifts: Sequence[Shift]
    absences: Sequence[Absence] = ()
    gone: Collection[str] = ()
    """What it says is no more, by the source's own ids."""
    whole: tuple[datetime, datetime] | None = None
    only_changes: bool = False
    """It names what has changed, and what it does not name stays."""

    @property
    def entries(self) -> Sequence[Shift | Absence]:
        return [*self.shifts, *self.absences]


@dataclass(frozen=True, slots=True)
class Planned:
    """What an import will write, and for which site and roster that was found out."""

    shifts: Difference[Shift]
    absences: Difference[Absence]
    seen: tuple[int, int]

    @property
    def counts(self) -> Imported:
        return self.shifts.counts + self.absences.counts


@dataclass(frozen=True, slots=True)
class SiteAndRoster:
    """What one run of set-up did to an institution, and to the shifts that its file tells."""

    site: SetUp
    roster: Imported

    @property
    def tokens(self) -> Mapping[str, str]:
        """`{device id: token}` of the devices that this run made; the hub keeps only a hash of each."""
        return self.site.tokens


async def setup_site(
    database: Database, site_file: SiteFile, rules_text: str, clock: Clock, *, replace: bool = False
) -> SiteAndRoster:
    """Creates or updates an institution with its shifts, whole or not at all; safe to run again."""
    prepared = await people.prepare(database, site_file, rules_text)
    wanted = [Shift.of(SITE, one.person, one.unit, one.starts, one.ends, one.duty) for one in site_file.shifts]

    async def action(tx: Transaction) -> SiteAndRoster:
        now = clock.now()
        done = await people.write_site(tx, prepared, now, replace=replace)
        present = await store.of_source(tx, site_file.institution.id, SITE)
        # A shift that is over is history: it stays, though the file no longer tells of it.
        ongoing = {key: shift for key, shift in present.items() if shift.ends > now}
        found = compared(present, ongoing, wanted)
        await _write_shifts(tx, site_file.institution.id, found, now)
        await _announce(tx, site_file.institution.id)
        return SiteAndRoster(done, found.counts)

    return await database.write(action, of=site_file.institution.id)


async def import_said(database: Database, institution: str, source: str, said: Said, clock: Clock) -> Imported:
    """Makes the roster what its source says, whole or not at all; safe to run again."""
    for _ in range(TRIES):
        # Found out beside the writer, not in its transaction: while that lasts, no alarm is written.
        async with database.read() as tx:
            planned = await plan_import(tx, institution, source, said)
        if planned.counts.nothing:
            return planned.counts
        write = partial(_write, institution=institution, source=source, planned=planned, clock=clock)
        if await database.write(write, of=institution):
            return planned.counts
    raise Conflict("The roster changed again and again while this was imported: import it once more.")


async def plan_import(tx: Reader, institution: str, source: str, said: Said) -> Planned:
    """What importing this would change, without changing it."""
    if source in (SITE, OVERRIDE, SWAP) or any(one.source != source for one in said.entries):
        raise Invalid(f'These shifts do not all come from "{source}": import each source by itself.')
    site = await read_site(tx, institution)
    seen = await versions(tx, institution)
    _refuse_strangers(site, said)
    spoken_of = _time_spoken_of(said, ZoneInfo(site.institution.timezone))
    shifts: dict[str, Shift] = {}
    absences: dict[str, Absence] = {}
    if spoken_of is not None:
        # Not all that the source ever told: years of it would take long to read.
        units, people = {one.unit for one in said.shifts}, {one.person for one in said.absences}
        for shift in await store.beginning(tx, institution, source, *spoken_of):
            if said.whole is not None or shift.unit in units:
                shifts[shift.id] = shift
        for absence in await absencestore.beginning(tx, institution, source, *spoken_of):
            if said.whole is not None or absence.person in people:
                absences[absence.id] = absence
    gone = [entry_id(source, key) for key in said.gone]
    return Planned(
        await _difference(partial(store.find_many, tx, institution), shifts, said.shifts, gone, said.only_changes),
        await _difference(
            partial(absencestore.find_many, tx, institution), absences, said.absences, gone, said.only_changes
        ),
        seen or (0, 0),
    )


async def _difference(
    find: Callable[[Sequence[str]], Awaitable[Mapping[str, E]]],
    spoken_of: Mapping[str, E],
    wanted: Sequence[E],
    gone: Sequence[str],
    only_changes: bool,
) -> Difference[E]:
    elsewhere = await find([key for key in (*gone, *(one.id for one in wanted)) if key not in spoken_of])
    present = {**spoken_of, **elsewhere}
    replaced = {key: present[key] for key in gone if key in present}
    return compared(present, replaced if only_changes else {**spoken_of, **replaced}, wanted)


async def _write(tx: Transaction, institution: str, source: str, planned: Planned, clock: Clock) -> bool:
    """Writes what was planned; False if the site or the roster has changed since it was."""
    now = clock.now()
    if not await write_planned(tx, institution, planned, now):
        return False
    counts = planned.counts
    facts = {"added": counts.added, "changed": counts.changed, "removed": counts.removed}
    await changed(tx, institution, now, "roster_imported", source, None, facts)
    return True


async def put(tx: Transaction, institution: str, planned: Planned, now: datetime) -> bool:
    """Puts what was planned into the roster; False if the site or the roster has changed since it was."""
    if await versions(tx, institution) != planned.seen:
        return False
    await _write_shifts(tx, institution, planned.shifts, now)
    await absencestore.remove(tx, institution, planned.absences.gone)
    await absencestore.change(tx, institution, planned.absences.changed)
    await absencestore.add(tx, institution, planned.absences.new)
    return True


async def write_planned(
    tx: Transaction, institution: str, planned: Planned, now: datetime, by: str | None = None
) -> bool:
    """Does that, and tells those whose coming shifts it changes, unless they did it themselves."""
    if not await put(tx, institution, planned, now):
        return False
    await newsstore.add(tx, changes(institution, planned.shifts, now, by))
    return True


async def changed(
    tx: Transaction,
    institution: str,
    now: datetime,
    event: str,
    subject: str,
    actor: str | None,
    facts: Mapping[str, Any],
) -> journal.Entry:
    """Writes down why the roster changed, and tells every cache that it has."""
    await store.next_version(tx, institution)
    entry = await journal.append(tx, institution, now, event, subject, actor, facts)
    await _announce(tx, institution)
    return entry


def _refuse_strangers(site: Site, said: Said) -> None:
    for one in said.entries:
        if one.person not in site.people:
            raise Invalid(f'Nobody here has the id "{one.person}": add the person to the site, or mend the roster.')
        if one.unit is not None and one.unit not in site.units:
            raise Invalid(f'There is no unit "{one.unit}" here: add the unit to the site, or mend the roster.')


def _time_spoken_of(said: Said, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Between which moments the source names all that begins."""
    if said.whole is not None:
        return said.whole
    starts = [one.starts for one in said.entries]
    if not starts:
        return None
    return _midnight(min(starts), zone), _midnight(max(starts) + timedelta(days=1), zone)


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def _write_shifts(tx: Transaction, institution: str, found: Difference[Shift], now: datetime) -> None:
    await store.remove(tx, institution, found.gone, now)
    await store.change(tx, institution, found.changed, now)
    await store.add(tx, institution, found.new)


async def _announce(tx: Transaction, institution: str) -> None:
    now = await versions(tx, institution)
    if now is not None:
        tx.announce(RosterChanged(institution, now[1]))
