"""KLE's editions in the database: each one row, with its numbers as they were imported."""

from datetime import date, datetime
from functools import lru_cache

import orjson
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text, bindparam, select

from hub.clock import micros
from hub.kle.kle import Edition, Entry, Keep, Kle, Plan
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

kle_edition = Table(
    "kle_edition",
    metadata,
    Column("plan", Text, nullable=False),
    Column("published", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("entries", Text, nullable=False),
    PrimaryKeyConstraint("plan", "published"),
)

_ALL = select(kle_edition).where(kle_edition.c.plan == bindparam("of")).order_by(kle_edition.c.published)
_KEEP = insert(kle_edition)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["plan", "published"],
    set_={name: _KEEP.excluded[name] for name in ("sha256", "imported_at", "entries")},
)


async def kle(tx: Reader, plan: Plan = Plan.SUBJECTS) -> Kle:
    """All editions of a plan that were imported."""
    return Kle(tuple(_edition(row["published"], row["entries"]) for row in await tx.rows(_ALL, of=plan.value)))


async def keep_edition(tx: Transaction, plan: Plan, edition: Edition, sha256: str, now: datetime) -> None:
    """Keeps an edition whole, in the place of one of the same day."""
    entries = orjson.dumps([_row(one) for one in edition.entries.values()]).decode()
    values = {"plan": plan.value, "published": edition.published.isoformat(), "sha256": sha256, "entries": entries}
    await tx.run(_KEEP, **values, imported_at=micros(now))


def _row(one: Entry) -> list[object]:
    retired = one.retired.isoformat() if one.retired is not None else None
    return [one.number, one.title, one.uuid, one.keep, one.days, retired, one.replaced_by]


# A whole plan is some five thousand numbers: it is made once of each text.
@lru_cache(maxsize=16)
def _edition(published: str, entries: str) -> Edition:
    found = (
        Entry(
            number,
            title,
            uuid,
            Keep(keep) if keep is not None else None,
            days,
            date.fromisoformat(retired) if retired is not None else None,
            tuple(replaced),
        )
        for number, title, uuid, keep, days, retired, replaced in orjson.loads(entries)
    )
    return Edition(date.fromisoformat(published), {one.number: one for one in found})
