"""`hub clocks`: the law's clocks as a municipality has them."""

import asyncio
from pathlib import Path

import click

from hub.cli.opening import existing, opened
from hub.cli.ownrules import lay_over_all
from hub.incidents.clockfile import clock_book
from hub.incidents.clockstore import keep_clocks
from hub.people.files import read_text
from hub.settings import Settings


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
    async with opened(settings) as database:
        names = await lay_over_all(database, wanted, text, keep_clocks, "law_clocks")
    return [f"{name}: {len(book.clocks)} clocks" for name in names]
