"""`hub backup`, `hub restore` and `hub migrate-store`: all that the hub knows, carried over whole."""

import asyncio
from pathlib import Path

import click

from hub.cli.journal import told
from hub.cli.opening import existing, settings
from hub.clock import SystemClock
from hub.errors import Invalid, NotFound
from hub.settings import Settings
from hub.storage import keysapart
from hub.storage.backup import Copied, back_up, move_up
from hub.storage.backup import restore as put_back
from hub.storage.keyfile import FILE
from hub.storage.vault import open_vault

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("to", type=click.Path(path_type=Path))
def backup(to: Path) -> None:
    """Copy all that the hub knows into one file, while it runs.

    TO is a new file, or a folder in which it is named after the moment.
    """
    found = existing()
    if to.is_dir():
        to /= f"hub-{SystemClock().now():%Y%m%dT%H%M%SZ}.db"
    copied = asyncio.run(back_up(found.database_url, to, found.data / keysapart.FILE))
    click.echo(f"{to}: {_counted(copied)}")
    click.echo(f"The keys are not in it. Keep {found.data / FILE} too, and apart: without it what is sealed is lost.")
    apart = found.data / keysapart.FILE
    click.echo(f"So with the keys of conversations, {apart}: it is new each time, in place of the copy from before.")
    _verdicts(copied)


@click.command()
@click.argument("backup", type=_FILE)
def restore(backup: Path) -> None:
    """Fill an empty hub from a back-up, and have every client start over."""
    found = settings()
    copied = asyncio.run(put_back(backup, found.database_url, found.data, SystemClock().now()))
    click.echo(f"Restored from {backup}: {_counted(copied)}")
    if copied.keys - _keys(found):
        click.echo(f"Before the hub is started, put the {FILE} that belongs to it into {found.data}: it is not there.")
    if copied.lacking:
        click.echo(
            f"{copied.lacking} conversations cannot be read: their keys are not in {found.data / keysapart.FILE}. They "
            "were destroyed since, or the file is older than the back-up or missing: put the newest there, begin anew."
        )
    click.echo("Alarms that were open then are open again, and will be told until they are resolved.")
    _verdicts(copied)


@click.command()
@click.argument("file", type=_FILE, required=False)
def migrate_store(file: Path | None) -> None:
    """Move a hub from its SQLite file to the PostgreSQL database that HUB_DATABASE_URL names.

    FILE is hub.db in HUB_DATA if left out. Stop the hub first; the file stays as it is.
    """
    found = settings()
    if not found.several:
        raise Invalid("HUB_DATABASE_URL: name the empty PostgreSQL database that everything is to move to.")
    file = file or found.data / "hub.db"
    if not file.exists():
        raise NotFound(f"There is no database at {file}: name the SQLite file of the hub that moves.")
    copied = asyncio.run(move_up(file, found.database_url))
    for table, rows in copied.rows.items():
        if rows:
            click.echo(f"{table}: {rows}")
    click.echo(f"Moved from {file} and read again there: {_counted(copied)}")
    click.echo(f"Start every hub with HUB_DATABASE_URL and a copy of {found.data / FILE}; start none on {file} again.")
    _verdicts(copied)


def _counted(copied: Copied) -> str:
    return f"{sum(copied.rows.values())} rows in {len(copied.rows)} tables, each as it was."


def _keys(found: Settings) -> set[str]:
    """The master keys that are here; looking makes none."""
    return set(open_vault(found.data).keys) if (found.data / FILE).exists() else set()


def _verdicts(copied: Copied) -> None:
    for verdict in copied.verdicts:
        click.echo(told(verdict))
    if not all(verdict.whole for verdict in copied.verdicts):
        raise click.exceptions.Exit(1)
