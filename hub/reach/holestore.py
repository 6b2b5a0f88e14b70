"""The table of what the last look at each roster ahead found, and its SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, Column, Table, Text, bindparam, select, update

from hub.clock import instant, micros
from hub.reach.holes import Hole
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

holes = Table(
    "holes",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("next_at", BigInteger, nullable=False),
    Column("looked_at", BigInteger),
    Column("found", Text, nullable=False),
)

_ALL = select(holes)
_ONE = select(holes).where(holes.c.institution == bindparam("of"))
_BEGIN = insert(holes).on_conflict_do_nothing()
# Of several hubs that look in the same night, one tells.
_KEEP = (
    update(holes)
    .where(holes.c.institution == bindparam("of"), holes.c.next_at == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in ("next_at", "looked_at", "found")})
)


@dataclass(frozen=True, slots=True)
class Look:
    """When a roster was looked at, what was found, and when that is due again."""

    institution: str
    next_at: datetime
    looked_at: datetime | None = None
    found: tuple[Hole, ...] = ()


async def looks(tx: Reader) -> dict[str, Look]:
    """The last look at every institution's roster."""
    return {row["institution"]: _look(row) for row in await tx.rows(_ALL)}


async def last(tx: Reader, institution: str) -> Look | None:
    row = await tx.row(_ONE, of=institution)
    return _look(row) if row is not None else None


async def begin(tx: Transaction, institution: str, next_at: datetime) -> None:
    """Writes down when the first look is due."""
    await tx.run(_BEGIN, institution=institution, next_at=micros(next_at), looked_at=None, found="[]")


async def keep(tx: Transaction, before: Look, now: datetime, next_at: datetime, found: Sequence[Hole]) -> bool:
    """Keeps the newest look over the one before; False if another hub was quicker."""
    rows = [[one.unit, micros(one.starts), micros(one.ends), one.told] for one in found]
    values = {"the_next_at": micros(next_at), "the_looked_at": micros(now), "the_found": orjson.dumps(rows).decode()}
    return await tx.run(_KEEP, of=before.institution, seen=micros(before.next_at), **values) > 0


def _look(row: Row) -> Look:
    found = orjson.loads(row["found"])
    return Look(
        row["institution"],
        instant(row["next_at"]),
        instant(row["looked_at"]) if row["looked_at"] is not None else None,
        tuple(Hole(unit, instant(starts), instant(ends), told) for unit, starts, ends, told in found),
    )
