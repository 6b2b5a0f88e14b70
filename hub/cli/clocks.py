"""`hub clocks`: the law's clocks as a municipality has them."""

import asyncio
from functools import partial
from hashlib import sha256
from pathlib import Path

import click

from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.incidents.clockfile import clock_book
from hub.incidents.clockstore import keep_clocks
from hub.people import store
from hub.people.files import read_text
from hub.settings import Settings
from hub.storage import journal
from hub.storage.database import Transaction


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--institution", "wanted", help="Any of the municipality's. Not needed when this hub has only one.")
def clocks(file: Path, wanted: str | None) -> None:
    """Lay a municipality's own clocks over the law's, in all its institutions."""
    for line in asyncio.run(_clocks(file, wanted, existing())):
        click.echo(line)


async def _clocks(file: Path, wanted: str | None, settings: Settings) -> list[str]:
    text = read_text(file)
    book = clock_book(text, str(file))
    lines = []
    async with opened(settings) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            sites = [await store.site(tx, of) for of in await store.institutions(tx)]
        municipality = next(one.institution.municipality for one in sites if one.institution.id == key)
        for site in sites:
            if site.institution.municipality == municipality:
                await database.write(partial(_keep, of=site.institution.id, text=text), of=site.institution.id)
                lines.append(f"{site.institution.name}: {len(book.clocks)} clocks")
    return lines


async def _keep(tx: Transaction, of: str, text: str) -> None:
    await keep_clocks(tx, of, text)
    facts = {"sha256": sha256(text.encode()).hexdigest()}
    await journal.append(tx, of, SystemClock().now(), "law_clocks_changed", "law_clocks", None, facts)
