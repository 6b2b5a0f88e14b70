"""`hub kle …`: the municipalities' shared numbers for what a matter is about."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from hub.cli.opening import existing, opened
from hub.clock import SystemClock
from hub.errors import Invalid
from hub.kle import klefile
from hub.kle.kle import NUMBER, SUBJECT, Doubt, Edition, Keep, Kle, Level, Plan, resolve
from hub.kle.klestore import keep_edition
from hub.kle.klestore import kle as read_kle
from hub.people import store
from hub.people.files import read_bytes
from hub.settings import Settings
from hub.storage import journal
from hub.storage.database import Transaction

_DAY = click.DateTime(["%Y-%m-%d"])
_DOUBTS = {
    Doubt.UNCHECKED: "no edition that holds then speaks of it",
    Doubt.UNKNOWN: "there is no such number then; proposed instead: {others}",
    Doubt.RETIRED: "it is no more; proposed instead: {others}",
    Doubt.COARSER: "the group has no number of its own; the next above is taken",
}


@click.group()
def kle() -> None:
    """The municipalities' shared case numbers (KLE), edition by edition."""


@kle.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--edition", type=_DAY, help="The day of the edition, for a CSV file, which does not say it.")
def import_edition(file: Path, edition: datetime | None) -> None:
    """Read an edition: KL's XML, or a CSV file with the columns emnenr,titel and, if you like, uuid,bevaring,slet.

    The whole file is taken, or none of it. The same edition again takes the place of what was imported before.
    """
    day = edition.date() if edition is not None else None
    click.echo(asyncio.run(_import(file, day, existing())))


async def _import(file: Path, day: date | None, settings: Settings) -> str:
    content = read_bytes(file)
    plan, edition = klefile.read(content, str(file), day)
    digest = sha256(content).hexdigest()
    async with opened(settings) as database:
        async with database.read() as tx:
            houses = await store.institutions(tx)
        now = SystemClock().now()
        await database.write(lambda tx: keep_edition(tx, plan, edition, digest, now))
        facts = {"plan": plan.value, "edition": edition.published.isoformat(), "sha256": digest}
        for of in houses:
            await database.write(partial(_note, of=of, now=now, facts=facts), of=of)
    return f"{plan.value} of {edition.published}: {len(edition.entries)} numbers"


async def _note(tx: Transaction, of: str, now: datetime, facts: dict[str, Any]) -> None:
    await journal.append(tx, of, now, "kle_imported", "kle", None, facts)


@kle.command("editions")
def editions() -> None:
    """List the editions that were imported."""
    found = [(plan, one) for plan, all_of in asyncio.run(_read(existing())).items() for one in all_of.editions]
    for line in [_summed_up(plan, one) for plan, one in found] or ["None yet: import one with hub kle import."]:
        click.echo(line)


@kle.command("show")
@click.argument("number")
@click.option("--on", "when", type=_DAY, help="On that day; today if left out.")
@click.option("--level", type=click.Choice(list(Level)), default=Level.SUBJECT, help="As a municipality writes it.")
def show(number: str, when: datetime | None, level: str) -> None:
    """Say what a number is on a day, how long it is kept, and what it is sent as."""
    if not NUMBER.fullmatch(number) or len(number) != SUBJECT:
        raise Invalid(f'"{number}" is no subject of KLE: write six digits, like 87.15.00.')
    day = when.date() if when is not None else SystemClock().now().date()
    for line in _said(asyncio.run(_read(existing()))[Plan.SUBJECTS], number, day, Level(level)):
        click.echo(line)


def _said(known: Kle, number: str, day: date, level: Level) -> Iterator[str]:
    found = resolve(known, number, level, day)
    entry = known.find(number, day)
    yield f"{number} on {day}: {entry.title if entry is not None else 'not known'}"
    if entry is not None and entry.retired is not None:
        yield f"retired {entry.retired}"
    if found.number != number or found.doubt is not None:
        why = _DOUBTS[found.doubt].format(others=", ".join(found.proposals) or "none") if found.doubt else level.value
        yield f"sent as {found.number} {found.title} ({why})"
    kept = known.retention(found.number, day)
    if kept is not None:
        period = f"deleted {kept.days} days after its case is closed" if kept.days is not None else "no period"
        then = "kept by the archive" if kept.keep is Keep.KEEP else "may be discarded"
        yield f"{then}, {period} (edition of {kept.edition})"


def _summed_up(plan: Plan, one: Edition) -> str:
    kept = sum(entry.keep is not None for entry in one.entries.values())
    return f"{plan.value} of {one.published}: {len(one.entries)} numbers, {kept} with how long they are kept"


async def _read(settings: Settings) -> dict[Plan, Kle]:
    async with opened(settings) as database, database.read() as tx:
        return {plan: await read_kle(tx, plan) for plan in Plan}
