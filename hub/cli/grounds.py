"""`hub grounds`: why something may be shared outside, as a municipality words it."""

import asyncio
from pathlib import Path

import click

from hub.cli.opening import existing, opened
from hub.cli.ownrules import lay_over_all
from hub.messaging.groundfile import ground_book
from hub.messaging.groundstore import keep_grounds
from hub.people.files import read_text
from hub.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--institution", "wanted", help="Any of the municipality's. Not needed when this hub has only one.")
def grounds(file: Path, wanted: str | None) -> None:
    """Lay a municipality's own grounds for sharing over the law's, in all its institutions."""
    for line in asyncio.run(_grounds(file, wanted, existing())):
        click.echo(line)


async def _grounds(file: Path, wanted: str | None, settings: Settings) -> list[str]:
    text = read_text(file)
    book = ground_book(text, str(file))
    async with opened(settings) as database:
        names = await lay_over_all(database, wanted, text, keep_grounds, "sharing_grounds")
    return [f"{name}: {len(book.grounds)} grounds" for name in names]
