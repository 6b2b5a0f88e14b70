"""Moves every row between a SQLite file and a PostgreSQL server, and proves that each arrived as it was.

The file's own schema says which tables there are, and what is read is what lies there: columns are plain in both.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from hub.errors import Conflict, Invalid
from hub.storage.pglink import PATIENCE, Link

# Enough that the server is asked seldom, and few enough to be held in memory.
AT_A_TIME = 5_000
REVISION = "SELECT version_num FROM alembic_version"
_TABLES = """
    SELECT kept.name, "column".name FROM sqlite_master AS kept, pragma_table_info(kept.name) AS "column"
    WHERE kept.type = 'table' AND kept.name NOT LIKE 'sqlite%' AND kept.name <> 'alembic_version'
    ORDER BY kept.name, "column".cid
"""
_COUNTERS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND (is_identity = 'YES' OR column_default LIKE 'nextval(%')
"""

Tables = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Tally:
    """How many rows passed, and a sum of them in which no row can be altered, whatever their order."""

    rows: int = 0
    digest: int = 0

    def counted(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        """The rows as they are, each of them counted."""
        for row in rows:
            one = tuple(row)
            self.rows += 1
            self.digest += int.from_bytes(blake2b(repr(one).encode(), digest_size=16).digest())
            yield one

    def count(self, rows: Iterable[Sequence[Any]]) -> None:
        for _ in self.counted(rows):
            pass


Tallies = Mapping[str, Tally]


def tables(file: sqlite3.Connection) -> Tables:
    """The columns of each of the hub's tables."""
    found: dict[str, list[str]] = {}
    for table, column in file.execute(_TABLES):
        found.setdefault(table, []).append(column)
    return found


async def into_server(file: sqlite3.Connection, link: Link) -> Tallies:
    """Copies all rows into a server's empty tables, inside the transaction that the caller has begun."""
    wanted = tables(file)
    await _claim(link, wanted)
    tallies = {table: Tally() for table in wanted}
    for table, columns in wanted.items():
        rows = tallies[table].counted(file.execute(_select(table, columns)))
        try:
            await link.copy_records_to_table(table, records=rows, columns=list(columns))
        except (TypeError, OverflowError) as error:  # SQLite keeps anything in any column
            raise Invalid(
                f"A row of {table} holds what no hub writes there ({error}): mend it, and run this again."
            ) from error
    for table, column in await link.fetch(_COUNTERS):
        counter = f"pg_get_serial_sequence('{_named(table)}', '{column}')"
        await link.execute(f"SELECT setval({counter}, (SELECT max({_named(column)}) FROM {_named(table)}))")  # noqa: S608
    # A server that knows nothing of its tables yet would read through all of them for each press.
    await link.execute(f"ANALYZE {_listed(wanted)}")
    return tallies


async def out_of_server(link: Link, file: sqlite3.Connection) -> Tallies:
    """Copies all rows of the server's one view, which the caller has begun, into a file's empty tables."""
    tallies = {table: Tally() for table in tables(file)}
    for table, columns in tables(file).items():
        places = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {_named(table)} ({_listed(columns)}) VALUES ({places})"  # noqa: S608
        async for rows in _batches(link, table, columns):
            file.executemany(insert, tallies[table].counted(rows))
    return tallies


def in_file(file: sqlite3.Connection) -> Tallies:
    """What lies in a file."""
    tallies = {table: Tally() for table in tables(file)}
    for table, columns in tables(file).items():
        tallies[table].count(file.execute(_select(table, columns)))
    return tallies


async def in_server(link: Link, wanted: Tables) -> Tallies:
    """What lies in a server's tables."""
    tallies = {table: Tally() for table in wanted}
    for table, columns in wanted.items():
        async for rows in _batches(link, table, columns):
            tallies[table].count(rows)
    return tallies


async def _claim(link: Link, wanted: Tables) -> None:
    """Nobody else writes there until the end of the transaction; Conflict, if somebody has."""
    await link.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'; SET LOCAL synchronous_commit = on")
    await link.execute(f"LOCK TABLE {_listed(wanted)} IN EXCLUSIVE MODE")
    full = [table for table in wanted if await link.fetchval(f"SELECT EXISTS (TABLE {_named(table)})")]
    if full:
        raise Conflict(
            f"The PostgreSQL database that HUB_DATABASE_URL names is not empty ({', '.join(full)}): "
            "make a new one for this, and name that."
        )


async def _batches(link: Link, table: str, columns: Sequence[str]) -> AsyncIterator[Sequence[Any]]:
    cursor = await link.cursor(_select(table, columns))
    while rows := await cursor.fetch(AT_A_TIME):
        yield rows


def _select(table: str, columns: Iterable[str]) -> str:
    return f"SELECT {_listed(columns)} FROM {_named(table)}"  # noqa: S608


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_named(name) for name in names)


def _named(name: str) -> str:
    return f'"{name}"'
