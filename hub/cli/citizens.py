"""`hub citizens …`: those whom the house looks after."""

import asyncio
from functools import partial
from pathlib import Path

import click

from hub.citizens.importing import keep, read
from hub.citizens.sealing import Seals
from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.people import store
from hub.people.files import read_text
from hub.settings import Settings
from hub.storage.vault import open_vault


@click.group()
def citizens() -> None:
    """Who lives here and is looked after."""


@citizens.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--institution", "wanted", help="Where they live; not needed when this hub has only one.")
def import_file(file: Path, wanted: str | None) -> None:
    """Read citizens from a CSV file, or name each line of it that must be mended.

    Its columns are name, number (CPR or eCPR), unit and, if you like, place, helps, guardian, plan, case_number and
    case_system. Units and places may be written as ids or as they are called.

    Safe to run again: who is known by their number is changed, an empty cell changes nothing, and whom the file leaves
    out stays. Delete the file afterwards.
    """
    click.echo(asyncio.run(_import(file, wanted, existing())))


async def _import(file: Path, wanted: str | None, settings: Settings) -> str:
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            site = await store.site(tx, key)
        lines = read(read_text(file), site, str(file))
        seals, now = Seals(open_vault(settings.data)), SystemClock().now()
        done = await database.write(partial(keep, seals=seals, of=key, lines=lines, now=now), of=key)
    told = f"{done.added} new, {done.changed} changed, {done.unchanged} as they were."
    return f"{site.institution.name}: {told} Delete {file.name} where it is not needed any more."
