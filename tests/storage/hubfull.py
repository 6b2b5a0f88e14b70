"""A database with something in it, and what is in one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.storage import journal, secrets
from hub.storage.database import Database, Transaction
from hub.storage.vault import Vault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS, THEIRS = "solgaarden", "maanehuset"
VAULT = Vault({"k1": b"k" * 32}, "k1")

Rows = dict[str, list[tuple[Any, ...]]]


async def filled(database: Database) -> None:
    """Two journals, of nine rows and of two, and a secret."""
    for of, many in ((OURS, 9), (THEIRS, 2)):

        async def action(tx: Transaction, of: str = of, many: int = many) -> None:
            for number in range(many):
                await journal.append(tx, of, NOON, "event", f"subject-{number}", "jette", {"n": number, "æ": "🚨"})

        await database.write(action, of=of)

    async def seal(tx: Transaction) -> bool:
        return await secrets.keep(tx, VAULT, "vapid", b"secret")

    await database.write(seal)


def rows_in(file: Path) -> Rows:
    """All that stands in a SQLite file, in an order of its own."""
    with closing(sqlite3.connect(file)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(opened.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
