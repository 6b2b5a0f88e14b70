"""`hub verify-journal`."""

import asyncio

import click

from hub.cli.opening import existing, opened, refuse_unknown
from hub.people import store
from hub.settings import Settings
from hub.storage import journal
from hub.storage.journal import Verdict


@click.command()
@click.option("--institution", "wanted", help="Only this one.")
def verify_journal(wanted: str | None) -> None:
    """Follow every journal, and name the first row that was tampered with."""
    verdicts = asyncio.run(_verify(wanted, existing()))
    for verdict in verdicts:
        click.echo(f"{verdict.institution}: {verdict.fault or f'{verdict.rows} rows, whole'}")
    if not all(verdict.whole for verdict in verdicts):
        raise click.exceptions.Exit(1)


async def _verify(wanted: str | None, found: Settings) -> list[Verdict]:
    async with opened(found) as database, database.read() as tx:
        known = sorted({*await store.institutions(tx), *await journal.institutions(tx)})
        refuse_unknown("--institution", wanted, known)
        return [await journal.verify(tx, key) for key in known if wanted in {None, key}]
