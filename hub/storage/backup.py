"""All that a hub knows, carried over whole: into a back-up, out of it, and from SQLite to PostgreSQL.

A back-up is one SQLite file, whatever the database it is of. Nothing is there under its name before it is complete.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from hub.errors import Conflict, Invalid, Unavailable
from hub.storage import checkpoints, journal, keysapart, migrate
from hub.storage.journal import Verdict
from hub.storage.move import REVISION, Tallies, in_file, in_server, into_server, out_of_server, tables
from hub.storage.pglink import PATIENCE, TROUBLE, Link, address, connect, reason
from hub.storage.postgres import PostgresReader
from hub.storage.sqlite import SqliteTransaction, file_of

_SEALED = "SELECT sealed FROM {} WHERE sealed IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was carried over, and what following the journals in the copy, with their checkpoints, found."""

    rows: Mapping[str, int]
    verdicts: Sequence[Verdict]
    keys: frozenset[str]
    """The master keys that secrets in it are sealed with."""
    lacking: int = 0
    """How many conversations in it nobody can read, because their keys were not there."""


async def back_up(url: str, to: Path, keys: Path | None = None) -> Copied:
    """Writes what the database holds at one moment into a new file, while hubs go on.

    The keys of conversations go into a file of their own, in place of those that were there at the back-up before.
    """
    _free(to, "name another file")
    with _told("The back-up"), _unfinished(to) as part:
        if url.startswith("sqlite"):
            _copy(file_of(url), part)
            sent = None
        else:
            sent = await _draw(url, part)
        with _opened(part) as file:
            _check(file, str(to))
            copied = await _account(file, in_file(file), sent)
            if keys is not None:
                keysapart.take(file, keys)
        _keep(part, to)
    return copied


async def restore(backup: Path, url: str, data: Path, now: datetime) -> Copied:
    """Fills an empty hub from a back-up, and begins each journal anew there, so that clients of before start over."""
    server = not url.startswith("sqlite")
    to = data / "restored.db" if server else file_of(url)
    for taken in () if server else (to, to.with_name(f"{to.name}-wal")):
        _free(taken, "restore into an empty folder; stop the hub and move this one away, but keep it")
    to.parent.mkdir(parents=True, exist_ok=True)
    with _told("The restoring"), _unfinished(to) as part:
        _copy(backup, part)
        with _opened(part) as file:
            _check(file, str(backup))
        migrate.upgrade(part)
        with _opened(part) as file:
            await _begin_anew(file, now)
            lacking = keysapart.put_back(file, data / keysapart.FILE)
            copied = await (_fill(file, url) if server else _account(file, in_file(file)))
        if not server:
            _keep(part, to)
    return replace(copied, lacking=lacking)


async def move_up(path: Path, url: str) -> Copied:
    """Copies a SQLite hub that nobody uses meanwhile into an empty PostgreSQL database, in one transaction."""
    with _told("The move"):
        # Before it is touched at all: a hub of an older version may run on it.
        with _alone(path) as file:
            _check(file, str(path))
        migrate.upgrade(path)
        with _alone(path) as file:
            return await _fill(file, url)


async def _fill(file: sqlite3.Connection, url: str) -> Copied:
    await migrate.upgrade_server(address(url), partial(connect, url))
    link = await connect(url)
    try:
        async with link.transaction():
            sent = await into_server(file, link)
            return await _account(file, await in_server(link, tables(file)), sent, link)
    finally:
        await link.close()


async def _draw(url: str, part: Path) -> Tallies:
    link = await connect(url)
    try:
        async with link.transaction(isolation="repeatable_read", readonly=True):
            # As the hubs have it now: a newer program that makes a back-up changes no schema under them.
            revision = await link.fetchval(REVISION)
            migrate.refuse_newer(address(url), revision)
            migrate.upgrade(part, revision)
            with _opened(part) as file, _transaction(file):
                return await out_of_server(link, file)
    finally:
        await link.close()


async def _account(
    file: sqlite3.Connection, found: Tallies, sent: Tallies | None = None, link: Link | None = None
) -> Copied:
    """Unavailable if anything was lost on the way."""
    wrong = [table for table, tally in found.items() if tally != (sent or found)[table]]
    if wrong:
        raise Unavailable(
            f"What was written is not what was read ({', '.join(wrong)}), and nothing is left of it: "
            "look for a row there that no hub has written, and at the disks."
        )
    copy = SqliteTransaction(file) if link is None else PostgresReader(link)
    secret = [table for table, columns in tables(file).items() if "sealed" in columns]
    sealed = {row["sealed"].partition(".")[0] for table in secret for row in file.execute(_SEALED.format(table))}
    # An older hub's journal has none.
    verify = checkpoints.verify if "checkpoint" in found else journal.verify
    verdicts = [await verify(copy, institution) for institution in await journal.written(copy)]
    return Copied({table: tally.rows for table, tally in found.items()}, verdicts, frozenset(sealed))


async def _begin_anew(file: sqlite3.Connection, now: datetime) -> None:
    with _transaction(file):
        tx = SqliteTransaction(file)
        for institution in await journal.institutions(tx):
            await journal.begin_anew(tx, institution, now)


def _copy(source: Path, to: Path) -> None:
    """Copies a SQLite file that may be in use, as it is at one moment."""
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as there, _opened(to) as here:
        there.backup(here)
        # Then all of it is in the one file, and nothing that was deleted before.
        here.execute("PRAGMA journal_mode=DELETE")
        here.execute("VACUUM")


def _check(file: sqlite3.Connection, name: str) -> None:
    """Invalid if the file is not a hub's, NewerSchema if a newer one's, Unavailable if it is damaged."""
    if not tables(file).keys() >= {"journal", "secret"}:
        raise Invalid(f"{name} is not a hub's database: name the file of one.")
    migrate.refuse_newer(name, file.execute(REVISION).fetchone()[0])
    (found,) = file.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise Unavailable(f"{name} is damaged ({found}): take a back-up that is whole.")


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, which nobody else can open until the block ends; Conflict while anybody has it open."""
    with _opened(path) as file:
        file.execute("PRAGMA locking_mode=EXCLUSIVE")
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Conflict(f"{path} is in use ({error}): stop the hub that runs on it, and run this again.") from error
        yield file
        file.execute("ROLLBACK")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as file:
        file.row_factory = sqlite3.Row
        yield file


@contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    """All that is done in the block, or nothing; one that is left open by an error ends with the connection."""
    file.execute("BEGIN IMMEDIATE")
    yield
    file.execute("COMMIT")


@contextmanager
def _unfinished(to: Path) -> Iterator[Path]:
    """A file beside `to` that only its owner can read, for as long as the block lasts."""
    part = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Conflict(
            f"{part} is there: a run was broken off, or still goes on. If none does, delete it and run this again."
        ) from None
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _keep(part: Path, to: Path) -> None:
    _free(to, "something made it meanwhile")
    part.rename(to)
    folder = os.open(to.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _free(path: Path, otherwise: str) -> None:
    if path.exists():
        raise Conflict(f"{path} is there already: {otherwise}.")


@contextmanager
def _told(what: str) -> Iterator[None]:
    """An error that nobody could foresee becomes a sentence."""
    try:
        yield
    except (*TROUBLE, sqlite3.Error) as error:
        raise Unavailable(
            f"{what} was broken off ({reason(error)}), and nothing is left of it: mend that, and run this again."
        ) from error
