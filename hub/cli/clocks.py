"""`hub clocks`: the law's clocks as a municipality has them."""

from pathlib import Path

import click

from hub.cli.ownfiles import FILE, WANTED, lay_over_all
from hub.incidents.clockfile import clock_book
from hub.incidents.clockstore import OWN_CLOCKS


@click.command()
@FILE
@WANTED
def clocks(file: Path, wanted: str | None) -> None:
    """Lay a municipality's own clocks over the law's, in all its institutions."""
    lay_over_all(file, wanted, OWN_CLOCKS, clock_book, lambda book: f"{len(book.clocks)} clocks")
