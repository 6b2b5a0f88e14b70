"""`hub grounds`: why something may be shared outside, as a municipality words it."""

from pathlib import Path

import click

from hub.cli.ownfiles import FILE, WANTED, lay_over_all
from hub.messaging.groundfile import ground_book
from hub.messaging.groundstore import OWN_GROUNDS


@click.command()
@FILE
@WANTED
def grounds(file: Path, wanted: str | None) -> None:
    """Lay a municipality's own grounds for sharing over the law's, in all its institutions."""
    lay_over_all(file, wanted, OWN_GROUNDS, ground_book, lambda book: f"{len(book.grounds)} grounds")
