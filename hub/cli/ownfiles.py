"""What a municipality lays over the law's rules from a file of its own."""

import asyncio
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import click

from hub.cli.opening import existing, institution, opened
from hub.clock import SystemClock
from hub.people import store
from hub.people.files import read_text
from hub.storage import journal
from hub.storage.database import Database, Transaction
from hub.storage.ownfile import OwnFile

Book = TypeVar("Book")

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
WANTED = click.option(
    "--institution", "wanted", help="Any of the municipality's. Not needed when this hub has only one."
)


def lay_over_all(
    file: Path, wanted: str | None, own: OwnFile, read: Callable[[str, str], Book], counted: Callable[[Book], str]
) -> None:
    """Keeps the file, if it can be read, in each institution of the municipality that `wanted` belongs to."""
    text = read_text(file)
    book = read(text, str(file))
    for name in asyncio.run(_kept_by_all(text, wanted, own)):
        click.echo(f"{name}: {counted(book)}")


async def lay_over(database: Database, of: str, own: OwnFile, text: str) -> None:
    """Keeps the text in one institution, and journals that it changed."""
    await database.write(partial(_kept, of=of, own=own, text=text), of=of)


async def _kept_by_all(text: str, wanted: str | None, own: OwnFile) -> list[str]:
    async with opened(existing()) as database:
        key = await institution(database, wanted)
        async with database.read() as tx:
            sites = [(await store.site(tx, of)).institution for of in await store.institutions(tx)]
        municipality = next(one.municipality for one in sites if one.id == key)
        theirs = [one for one in sites if one.municipality == municipality]
        for one in theirs:
            await lay_over(database, one.id, own, text)
    return [one.name for one in theirs]


async def _kept(tx: Transaction, *, of: str, own: OwnFile, text: str) -> None:
    await own.keep(tx, of, text)
    facts = {"sha256": sha256(text.encode()).hexdigest()}
    await journal.append(tx, of, SystemClock().now(), f"{own.name}_changed", own.name, None, facts)
