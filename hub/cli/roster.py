"""`hub roster …`: the shifts that other systems know."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from hub import sources as outside
from hub.cli.opening import existing, institution, opened
from hub.cli.rest import said_of
from hub.clock import SystemClock
from hub.errors import Invalid, NotFound
from hub.people import store
from hub.people.files import read_bytes, read_text
from hub.people.localtime import shown
from hub.people.site import Site
from hub.planning.making import SOURCE as PLAN
from hub.roster import sourcefile, sourcestore
from hub.roster.actions import Planned, Said, import_said, plan_import
from hub.roster.chores import Polling
from hub.roster.difference import Imported
from hub.roster.resting import resting_of_import
from hub.roster.shift import NEVER, Absence, Shift
from hub.roster.sourcefile import Kind
from hub.roster.sourcestore import Source
from hub.roster.understood import understood
from hub.settings import Settings
from hub.storage.database import Database
from hub.storage.vault import open_vault

# A preview shows so many of each; the counts above are of all.
SHOWN = 20

_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_INSTITUTION = click.option(
    "--institution", "wanted", help="Whose roster it is; not needed when this hub has only one."
)
_SOURCE = click.option(
    "--source",
    "which",
    help="Whose words and columns the file is in: the id of one that hub roster add has made, or plan for a plan.",
)


@click.group()
def roster() -> None:
    """Who is on duty."""


@roster.command("import")
@_FILE
@_SOURCE
@_INSTITUTION
def import_file(file: Path, which: str | None, wanted: str | None) -> None:
    """Read shifts from a CSV file, a calendar (.ics), or what Planday's interface answers (.json).

    A CSV file has the columns person,unit,from,to,duty and, if you like, id,role,date,absent.

    Safe to run again: shifts that have left the file are removed, on the days and in the units that it speaks of.
    """
    click.echo(asyncio.run(_import(file, which, wanted, existing())))


@roster.command()
@_FILE
@_SOURCE
@_INSTITUTION
def preview(file: Path, which: str | None, wanted: str | None) -> None:
    """Show what importing a file would change, or each line of it that must be mended; nothing is written."""
    for line in asyncio.run(_preview(file, which, wanted, existing())):
        click.echo(line)


@roster.command()
@_FILE
@_INSTITUTION
def add(file: Path, wanted: str | None) -> None:
    """Keep where a roster comes from, as a TOML file says; the hub looks there by itself from then on.

    What the file says is sealed in the database: it may hold keys. Safe to run again, with changes.
    """
    click.echo(asyncio.run(_add(file, wanted, existing())))


@roster.command()
@click.argument("which")
@click.option("--shifts", is_flag=True, help="Take what it told and has not begun off the roster, too.")
@_INSTITUTION
def remove(which: str, shifts: bool, wanted: str | None) -> None:
    """Look at a source no more; the shifts that it told stay unless you say otherwise."""
    click.echo(asyncio.run(_remove(which, shifts, wanted, existing())))


@roster.command()
@click.argument("which")
@_INSTITUTION
def look(which: str, wanted: str | None) -> None:
    """Look at a source now."""
    click.echo(asyncio.run(_look(which, wanted, existing())))


@roster.command()
@_INSTITUTION
def sources(wanted: str | None) -> None:
    """List where rosters come from, and when each was last heard."""
    for line in asyncio.run(_sources(wanted, existing())):
        click.echo(line)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file, understood."""

    institution: str
    site: Site
    source: str
    said: Said
    passed_over: int


async def _read(database: Database, settings: Settings, file: Path, which: str | None, wanted: str | None) -> _Read:
    key = await institution(database, wanted)
    # A plan is a CSV file in the hub's own words, so nobody needs to say where it comes from.
    known = await _known(database, settings, key, which) if which not in {None, PLAN} else None
    kind = Kind(known.kind) if known is not None else outside.kind_of(file.suffix, str(file))
    given = known.settings if known is not None else {}
    async with database.read() as tx:
        site = await store.site(tx, key)
    told = outside.read(kind, read_bytes(file), str(file), given, site, SystemClock().now())
    source = which or kind.value
    said = understood(told, str(file), source, site, sourcefile.words(given, kind))
    return _Read(key, site, source, said, told.passed_over)


async def _import(file: Path, which: str | None, wanted: str | None, settings: Settings) -> str:
    async with opened(settings) as database:
        read = await _read(database, settings, file, which, wanted)
        done = await import_said(database, read.institution, read.source, read.said, SystemClock())
        if which is not None:
            told = partial(
                sourcestore.told, institution=read.institution, which=which, now=SystemClock().now(), digest=None
            )
            await database.write(told, of=read.institution)
        rest = await resting_of_import(database, read.institution, read.said)
    return "\n".join([f"{read.site.institution.name}: {_counted(read, done)}", *said_of(rest)])


async def _preview(file: Path, which: str | None, wanted: str | None, settings: Settings) -> Sequence[str]:
    async with opened(settings) as database:
        read = await _read(database, settings, file, which, wanted)
        async with database.read() as tx:
            planned = await plan_import(tx, read.institution, read.source, read.said)
        rest = await resting_of_import(database, read.institution, read.said, planned)
    first = f"{read.site.institution.name}: {_counted(read, planned.counts)} Nothing has been written."
    return [first, *_changes(planned, read.site.institution.timezone), *said_of(rest)]


def _counted(read: _Read, done: Imported) -> str:
    absences = f" and {len(read.said.absences)} absences" if read.said.absences else ""
    over = f" {read.passed_over} were nobody's." if read.passed_over else ""
    return (
        f"{len(read.said.shifts)} shifts{absences} read; {done.added} new, {done.changed} changed, "
        f"{done.removed} removed, {done.unchanged} as they were.{over}"
    )


def _changes(planned: Planned, zone: str) -> Iterator[str]:
    for difference in (planned.shifts, planned.absences):
        lines = [
            *(f"  + {_spelt(one, zone)}" for one in difference.new[:SHOWN]),
            *(f"  ~ {_spelt(old, zone)}  ->  {_spelt(new, zone)}" for old, new in difference.changed[:SHOWN]),
            *(f"  - {_spelt(one, zone)}" for one in difference.gone[:SHOWN]),
        ]
        yield from lines
        counts = difference.counts
        more = counts.added + counts.changed + counts.removed - len(lines)
        if more:
            yield f"  … and {more} more"


def _spelt(one: Shift | Absence, zone: str) -> str:
    what = one.duty if isinstance(one, Shift) else one.kind
    return f"{one.person} {one.unit or ''} {shown(one.starts, zone)} – {shown(one.ends, zone)} {what}"


async def _known(database: Database, settings: Settings, key: str, which: str) -> Source:
    vault = open_vault(settings.data)
    async with database.read() as tx:
        found = await sourcestore.find(tx, vault, key, which)
        there = ", ".join(one.id for one in await sourcestore.all_of(tx, vault, key))
    if found is None:
        raise NotFound(f'No roster comes from "{which}"; there is {there or "none"}. Make one with hub roster add.')
    return found


async def _add(file: Path, wanted: str | None, settings: Settings) -> str:
    said = sourcefile.parse(read_text(file), str(file))
    outside.check(said.kind, said.settings)
    async with opened(settings) as database:
        key = await institution(database, wanted)
        now = SystemClock().now() if said.every else None
        source = Source(key, said.id, said.kind, said.settings, said.every, due_at=now)
        await database.write(partial(sourcestore.keep, vault=open_vault(settings.data), source=source), of=key)
    if not said.every:
        return f"{said.id} is known: import its files with hub roster import --source {said.id} FILE."
    return f"{said.id} is looked at every {said.every.total_seconds():.0f} s while the hub runs."


async def _remove(which: str, shifts: bool, wanted: str | None, settings: Settings) -> str:
    clock = SystemClock()
    async with opened(settings) as database:
        key = await institution(database, wanted)
        await _known(database, settings, key, which)
        await database.write(partial(sourcestore.forget, institution=key, which=which), of=key)
        if not shifts:
            return f"{which} is looked at no more; the shifts that it told stay."
        nothing = Said([], whole=(clock.now(), NEVER))
        done = await import_said(database, key, which, nothing, clock)
    return f"{which} is looked at no more; {done.removed} shifts that had not begun are off the roster."


async def _look(which: str, wanted: str | None, settings: Settings) -> str:
    clock = SystemClock()
    async with opened(settings) as database:
        source = await _known(database, settings, await institution(database, wanted), which)
        if not source.every:
            raise Invalid(f"{which} is imported by hand: hub roster import --source {which} FILE.")
        make = partial(outside.source, clock=clock, allow_loopback=settings.outside.allow_loopback)
        polling = Polling(database, clock, open_vault(settings.data), make)
        done = await polling.look(source)
    if done is None:
        return f"{which} says what it said before."
    return f"{which}: {done.added} new, {done.changed} changed, {done.removed} removed, {done.unchanged} as they were."


async def _sources(wanted: str | None, settings: Settings) -> Sequence[str]:
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
            found = await sourcestore.all_of(tx, open_vault(settings.data), key)
    if not found:
        return ["No roster comes from outside by itself. Add one with hub roster add FILE.toml."]
    zone = site.institution.timezone
    return [line for one in found for line in _told_of(one, zone)]


def _told_of(one: Source, zone: str) -> Iterator[str]:
    how = f"every {one.every.total_seconds():.0f} s" if one.every else "by hand"
    heard = f"last heard {shown(one.told_at, zone)}" if one.told_at is not None else "never heard"
    yield f"{one.id}  {one.kind}  {how}  {heard}"
    if one.trouble is not None:
        yield f"    {one.trouble}"
