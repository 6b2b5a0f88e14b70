"""How long a large hub takes to move up: a generated journal goes to PostgreSQL, is verified, and is backed up."""

import argparse
import asyncio
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

from clients.demo.servers import PostgresServer
from hub.clock import micros
from hub.storage import journal, migrate
from hub.storage.backup import Copied, back_up, move_up
from tests.storage.hubfull import NOON

INSTITUTIONS = 40
_ROW = "INSERT INTO journal (institution, seq, at, event, subject, actor, facts, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
# SQLite takes the hash from the row that has the greatest number.
_HEADS = "INSERT INTO journal_head SELECT institution, max(seq), hash FROM journal GROUP BY institution"
_EVENTS = ("raised", "answered", "escalated", "received", "shown", "resolved")
_FACTS = (
    '{"device":"telefon-jette","kind":"alarm","place":"stue-nord","told":["anna","bo","carl","dina"],"unit":"nord"}'
)

Row = tuple[str, int, int, str, str, str, str, str]


def chained(institution: str, rows: int) -> Iterator[Row]:
    """A journal as the hub would have written it, an event a second."""
    link = journal._genesis(institution)
    for seq in range(1, rows + 1):
        at, event, subject = (
            micros(NOON) + seq * 1_000_000,
            _EVENTS[seq % 6],
            f"01a2021f-94f9-70ca-8f24-{seq // 6:012x}",
        )
        link = journal._chain(link, seq, at, event, subject, "jette", _FACTS)
        yield institution, seq, at, event, subject, "jette", _FACTS, link


def generate(path: Path, rows: int) -> None:
    """Fills a new file with so many rows, over all institutions."""
    migrate.upgrade(path)
    with closing(sqlite3.connect(path)) as file, file:
        for number in range(INSTITUTIONS):
            share = rows // INSTITUTIONS + (number < rows % INSTITUTIONS)
            file.executemany(_ROW, chained(f"house-{number:02}", share))
        file.execute(_HEADS)


def told(what: str, began: float, copied: Copied) -> bool:
    """Prints what was carried over and how long it took; whether all of it is whole."""
    took = time.monotonic() - began
    whole = sum(one.rows for one in copied.verdicts if one.whole)
    sys.stdout.write(
        f"{what:48} {took:6.1f} s   {copied.rows['journal']} rows, {whole} of them in "
        f"{len(copied.verdicts)} whole journals   {copied.rows['journal'] / took:,.0f} rows/s\n"
    )
    return whole == copied.rows["journal"]


async def measure(folder: Path, rows: int) -> bool:
    """Does it all in a folder, on a server of its own that waits for the disk."""
    file, began = folder / "hub.db", time.monotonic()
    generate(file, rows)
    size = file.stat().st_size / 2**20
    sys.stdout.write(f"{'generated':48} {time.monotonic() - began:6.1f} s   {rows} rows, {size:.0f} MiB\n")
    async with PostgresServer(folder / "server") as server:
        await server.create("hub")
        there = server.url("hub")
        steps: dict[str, Callable[[], Awaitable[Copied]]] = {
            "moved to PostgreSQL, read again, verified": lambda: move_up(file, there),
            "backed up from PostgreSQL, read again, verified": lambda: back_up(there, folder / "one.db"),
            "backed up from SQLite, verified": lambda: back_up(f"sqlite:///{file}", folder / "other.db"),
        }
        kept = True
        for what, does in steps.items():
            began = time.monotonic()
            kept &= told(what, began, await does())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"memory of this process at most {peak:.0f} MiB\n")
    return kept


def main() -> int:
    """Prints the figures; 1 if anything is not whole."""
    parser = argparse.ArgumentParser(prog="python -m tests.storage.move", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tryghedshub-move-") as folder:
        return 0 if asyncio.run(measure(Path(folder), asked.rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
