"""What became of each record, as the hub's own database and journal have it."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import orjson
from sqlalchemy import select

from hub.cases import registerstore
from hub.cases.registerstore import case_record
from hub.incidents.sealing import Seals
from hub.people.store import institutions
from hub.storage.database import Database
from hub.storage.journal import journal
from hub.storage.vault import Vault

DESK = ("AFVIST", "FEJLET")
_RECORDS = select(case_record.c.id, case_record.c.answer)
_ANSWERED = select(journal.c.facts).where(journal.c.event == "case_answered")


@dataclass(frozen=True)
class Evidence:
    """The records with their answers, and how often each version's acceptance was journalled."""

    answers: dict[str, str | None]
    accepted_rows: dict[str, Counter[int]]
    reasons: dict[str, str]
    """Why it is on a desk."""

    @property
    def ended(self) -> int:
        return sum(answer in ("ACCEPTERET", *DESK) for answer in self.answers.values())

    @property
    def summary(self) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(Counter(map(str, self.answers.values())).items()))

    @classmethod
    async def read(cls, url: str, vault: Vault | None = None) -> "Evidence":
        """As it is now; with the vault also the journal's rows and what is sealed."""
        database = await Database.open(url)
        try:
            async with database.read() as tx:
                answers = {row["id"]: row["answer"] for row in await tx.rows(_RECORDS)}
                if vault is None:
                    return cls(answers, {}, {})
                seal = await Seals(vault).to_read(tx)
                kept = [
                    one
                    for of in await institutions(tx)
                    for one in await registerstore.newest(tx, seal, of, len(answers))
                ]
                said = [orjson.loads(row["facts"]) for row in await tx.rows(_ANSWERED)]
        finally:
            await database.close()
        accepted: dict[str, Counter[int]] = defaultdict(Counter)
        for facts in said:
            if facts["answer"] == "ACCEPTERET":
                accepted[facts["record"]][facts["version"]] += 1
        return cls(answers, accepted, {one.record.id: one.reason for one in kept if one.reason})
