"""`hub cases keeper`: which of a municipality's institutions decides its case practice."""

import asyncio
from functools import partial

import click

from hub.cases import practicestore
from hub.cli.opening import existing, opened
from hub.clock import Clock, SystemClock
from hub.errors import NotFound
from hub.people import store
from hub.settings import Settings
from hub.storage import journal
from hub.storage.database import Database


@click.command("keeper")
@click.argument("institution")
def keeper(institution: str) -> None:
    """Say which institution's leaders decide the case practice for all of its municipality's in this hub.

    It is not needed where a municipality has only one institution here.
    """
    click.echo(asyncio.run(_kept(institution, existing())))


async def _kept(of: str, found: Settings) -> str:
    async with opened(found) as database:
        return await kept(database, of, SystemClock())


async def kept(database: Database, of: str, clock: Clock) -> str:
    """Keeps who decides, and journals it in each institution that it is decided for."""
    async with database.read() as tx:
        if of not in await store.institutions(tx):
            raise NotFound(f'There is no institution "{of}" in this hub.')
        chosen = (await store.site(tx, of)).institution
        houses = await practicestore.houses(tx, chosen.municipality)
    choosing = partial(practicestore.choose_keeper, municipality=chosen.municipality, chosen=of)
    await database.write(choosing)
    for one in houses:
        note = partial(
            journal.append,
            institution=one,
            at=clock.now(),
            event="case_keeper_chosen",
            subject="cases",
            actor=None,
            facts={"house": of},
        )
        await database.write(note, of=one)
    others = ", ".join(name for one, name in houses.items() if one != of)
    return f"{chosen.name} decides the case practice of {chosen.municipality}" + (
        f", for {others} as well." if others else "."
    )
