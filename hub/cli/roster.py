"""`hub roster …`: the shifts that other systems know."""

import asyncio
from pathlib import Path

import click

from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.errors import FileProblem
from hub.people import store
from hub.people.files import read_text
from hub.roster import csvfile
from hub.roster.actions import import_shifts
from hub.settings import Settings


@click.group()
def roster() -> None:
    """Who is on duty."""


@roster.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--institution", "wanted", help="Whose roster it is; not needed when this hub has only one.")
def import_file(file: Path, wanted: str | None) -> None:
    """Read shifts from a CSV file with the columns person,unit,from,to,duty and, if you like, id,role.

    Safe to run again: shifts that have left the file are removed, on the days and in the units that it speaks of.
    """
    if file.suffix.lower() != ".csv":
        columns = ", ".join(csvfile.NEEDED)
        raise FileProblem(str(file), [f"{file}: only .csv is taken; export the roster as CSV with columns {columns}"])
    click.echo(asyncio.run(_read(file, read_text(file), wanted, existing())))


async def _read(file: Path, text: str, wanted: str | None, settings: Settings) -> str:
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
        shifts = csvfile.parse(text, str(file), site)
        done = await import_shifts(database, key, csvfile.SOURCE, shifts, SystemClock())
    return (
        f"{site.institution.name}: {len(shifts)} shifts read; {done.added} new, {done.changed} changed, "
        f"{done.removed} removed, {done.unchanged} as they were."
    )
