"""`hub cases …`: what municipalities' case systems are told."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from hub.cases import waystore
from hub.cases.comparing import Variant, compared
from hub.cases.example import AGO, example
from hub.cases.practice import Target
from hub.cases.recording import Record
from hub.cases.waystore import Way
from hub.casesystems import OWN, verdicts, waying
from hub.cli.casekeeper import keeper
from hub.cli.opening import existing, opened, settings
from hub.clock import SystemClock
from hub.errors import NotFound
from hub.kle import klestore
from hub.kle.kle import Kle, Plan
from hub.people import store
from hub.people.files import read_text
from hub.settings import Settings
from hub.storage import journal
from hub.storage.database import Database
from hub.storage.vault import open_vault
from hub.web.render import LANGUAGES, catalogue

_HEADS = (
    "practice",
    "record",
    "becomes",
    "KLE",
    "also",
    "case",
    "about",
    "citizen",
    "steps",
    "status",
    "says",
    "waits",
)
_WAYS = ("sf2900", "sf1470", "oio_rest")


@click.group()
def cases() -> None:
    """What municipalities' case systems are told."""


cases.add_command(keeper)


@cases.command("compare")
def compare() -> None:
    """Print what one made-up incident becomes under each case model and each choice, as a table for a reviewer.

    With the editions of KLE that this hub has; where it knows no UUID of something, a made-up one stands in.
    """
    found = settings()
    file = found.database_url.partition("///")[2]
    bare = found.database_url.startswith("sqlite") and not Path(file).exists()
    known = {plan: Kle() for plan in Plan} if bare else asyncio.run(_known(found))
    for line in table(known[Plan.SUBJECTS], known[Plan.FACETS], SystemClock().now()):
        click.echo(line)


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


async def _known(found: Settings) -> dict[Plan, Kle]:
    async with opened(found) as database, database.read() as tx:
        return {plan: await klestore.kle(tx, plan) for plan in Plan}


def table(kle: Kle, facets: Kle, now: datetime) -> Iterator[str]:
    """The rows of the table, in Markdown."""
    say = catalogue(LANGUAGES[0])
    facts = example(now - AGO, "29189999", "Solgården", ZoneInfo("Europe/Copenhagen"), say)
    yield _row((*_HEADS, *_WAYS))
    yield _row(["---"] * (len(_HEADS) + len(_WAYS)))
    for variant, records in compared(facts, kle, facets, say):
        if variant.practice is None:
            yield _row((variant.name, *["cannot be chosen"], *[""] * (len(_HEADS) + len(_WAYS) - 2)))
        for record in records:
            judged = verdicts(record.out, now)
            yield _row((*_cells(variant, record), *(judged[way] for way in _WAYS)))


def _cells(variant: Variant, record: Record) -> tuple[str, ...]:
    out = record.out
    return (
        variant.name,
        record.sort.value,
        out.form.value,
        out.kle.number,
        ", ".join(one.number for one in out.related),
        "named" if out.case is not None else "",
        out.party.name if out.party is not None else "",
        "left out" if out.hidden else "shown",
        " ".join(one.progress.value for one in out.steps),
        out.status,
        " / ".join(out.note.splitlines()[1:]),
        record.waits.value if record.waits is not None else "",
    )


def _row(cells: "tuple[str, ...] | list[str]") -> str:
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"
