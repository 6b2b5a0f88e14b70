"""`hub cases …`: what municipalities' case systems are told."""

import asyncio
from functools import partial
from pathlib import Path

import click

from hub.cases import waystore
from hub.cases.practice import Target
from hub.cases.waystore import Way
from hub.casesystems import OWN, waying
from hub.cli.casecompare import compare
from hub.cli.casekeeper import keeper
from hub.cli.opening import existing, opened
from hub.clock import SystemClock
from hub.errors import NotFound
from hub.people import store
from hub.people.files import read_text
from hub.settings import Settings
from hub.storage import journal
from hub.storage.database import Database
from hub.storage.vault import open_vault


@click.group()
def cases() -> None:
    """What municipalities' case systems are told."""


cases.add_command(keeper)
cases.add_command(compare)


@cases.command("connect")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def connect(file: Path) -> None:
    """Set up the way into a municipality's case system, from a TOML file that can be deleted afterwards.

    What is in the file is sealed in the database. Hubs and workers that run take it up within ten seconds. A system
    that brings receipts needs the credential that is printed, which is shown this once.
    """
    for line in asyncio.run(_connect(read_text(file), file.name, existing())):
        click.echo(line)


@cases.command("ways")
def ways() -> None:
    """List the ways into municipalities' case systems."""
    found = asyncio.run(_ways(existing()))
    for way in found:
        click.echo(f"{way.municipality}  {way.target.value}  {way.settings['url']}  since {way.made_at:%Y-%m-%d}")
    if not found:
        click.echo("None yet: set one up with hub cases connect FILE.toml.")


@cases.command("disconnect")
@click.argument("municipality")
@click.argument("target", type=click.Choice([one.value for one in OWN]))
def disconnect(municipality: str, target: str) -> None:
    """Take a way away; what waits for it then waits for a person."""
    click.echo(asyncio.run(_disconnect(municipality, Target(target), existing())))


async def _connect(text: str, name: str, found: Settings) -> list[str]:
    way, credential = waying(text, name, SystemClock(), found.outside)
    async with opened(found) as database:
        vault = open_vault(found.data)
        await database.write(partial(waystore.keep, vault=vault, way=way))
        await _journalled(database, way.municipality, {"target": way.target.value, "to": "connected"})
    lines = [f"{way.municipality} hands over by {way.target.value} to {way.settings['url']}."]
    if credential is not None:
        lines += [
            "Receipts come to /api/cases/receipts on this hub, with this bearer token, shown now only:",
            credential,
        ]
    return lines


async def _ways(found: Settings) -> list[Way]:
    async with opened(found) as database, database.read() as tx:
        return await waystore.ways(tx, open_vault(found.data))


async def _disconnect(municipality: str, target: Target, found: Settings) -> str:
    async with opened(found) as database:
        if not await database.write(partial(waystore.forget, municipality=municipality, target=target)):
            raise NotFound(f"{municipality} has no way by {target.value}: hub cases ways lists those that are.")
        await _journalled(database, municipality, {"target": target.value, "to": "disconnected"})
    return f"{municipality} hands over by {target.value} no more."


async def _journalled(database: Database, municipality: str, facts: dict[str, str]) -> None:
    async with database.read() as tx:
        sites = [await store.site(tx, of) for of in await store.institutions(tx)]
    now = SystemClock().now()
    for site in sites:
        if site.institution.municipality == municipality:
            of = site.institution.id
            note = partial(
                journal.append, institution=of, at=now, event="case_way_changed", subject="cases", facts=facts
            )
            await database.write(note, of=of)
