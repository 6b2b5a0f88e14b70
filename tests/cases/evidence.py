"""What became of each record, as the hub's own database and journal have it."""

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass

import orjson
from sqlalchemy import select

from hub.cases import registerstore
from hub.cases.registerstore import case_record
from hub.incidents.sealing import Seals
from hub.storage.database import Database
from hub.storage.journal import journal
from hub.storage.pglink import connect
from hub.storage.vault import Vault

DESK = ("AFVIST", "FEJLET")
_STANDING = "SELECT answer, COUNT(*) AS n FROM case_record GROUP BY answer"
_RECORDS = select(case_record.c.institution, case_record.c.id, case_record.c.answer)
_ANSWERED = select(journal.c.facts).where(journal.c.event == "case_answered")


@dataclass(frozen=True)
class Evidence:
    """The records with their answers, and how often each version's acceptance was journalled."""

    answers: dict[str, str | None]
    accepted_rows: dict[str, Counter[int]]
    reasons: dict[str, str]
    """Why it is on a desk."""

    @classmethod
    async def read(cls, url: str, vault: Vault) -> "Evidence":
        """As it is in a database that no hub has open."""
        database = await Database.open(url)
        try:
            async with database.read() as tx:
                rows = await tx.rows(_RECORDS)
                said = [orjson.loads(row["facts"]) for row in await tx.rows(_ANSWERED)]
                seal = await Seals(vault).to_read(tx)
            reasons = {}
            for row in rows:
                if row["answer"] not in DESK:
                    continue
                # One at a time: what takes long to open would hold a transaction open meanwhile.
                async with database.read() as tx:
                    one = await registerstore.find(tx, seal, row["institution"], row["id"])
                reasons[row["id"]] = one.reason if one is not None else ""
        finally:
            await database.close()
        accepted: dict[str, Counter[int]] = defaultdict(Counter)
        for facts in said:
            if facts["answer"] == "ACCEPTERET":
                accepted[facts["record"]][facts["version"]] += 1
        return cls({row["id"]: row["answer"] for row in rows}, accepted, reasons)


async def standing(url: str) -> Counter[str]:
    """How many records stand at each answer, read beside whatever runs and dies."""
    if url.startswith("sqlite"):
        try:
            with closing(sqlite3.connect(f"file:{url.partition('///')[2]}?mode=ro", uri=True, timeout=30)) as file:
                return Counter({str(answer): n for answer, n in file.execute(_STANDING)})
        except sqlite3.OperationalError:  # it is being opened by a hub that was killed a moment ago
            return Counter()
    link = await connect(url)
    try:
        return Counter({str(row["answer"]): row["n"] for row in await link.fetch(_STANDING)})
    finally:
        await link.close()
