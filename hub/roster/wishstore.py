"""When people would like to work, and when they would rather not: in the database, for whoever plans."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from hub.clock import instant, micros
from hub.storage.database import Reader, Row, Transaction, metadata

wish = Table(
    "wish",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("want", Text, nullable=False),
    Column("strength", Integer, nullable=False),
    Column("note", Text),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("wish_by_end", "institution", "ends", "starts"),
)


class Want(StrEnum):
    """What somebody wishes for."""

    WORK = "work"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody would like to work, or would rather not, from `starts` up to but not including `ends`."""

    id: str
    person: str
    starts: datetime
    ends: datetime
    want: Want
    strength: int
    """From 1, if it fits, to 3, it matters much."""
    note: str | None
    made_at: datetime


_HERE = wish.c.institution == bindparam("of")
_BETWEEN = (
    select(wish)
    .where(_HERE, wish.c.ends > bindparam("after"), wish.c.starts < bindparam("before"))
    .order_by(wish.c.starts, wish.c.person, wish.c.id)
)
_FIND = select(wish).where(_HERE, wish.c.id == bindparam("which"))
_ADD = insert(wish)
_REMOVE = delete(wish).where(_HERE, wish.c.id == bindparam("which"))


async def wishes(tx: Reader, institution: str, after: datetime, before: datetime) -> list[Wish]:
    """The wishes that lie wholly or partly between two moments, the earliest first."""
    rows = await tx.rows(_BETWEEN, of=institution, after=micros(after), before=micros(before))
    return [_wish(row) for row in rows]


async def find(tx: Reader, institution: str, which: str) -> Wish | None:
    row = await tx.row(_FIND, of=institution, which=which)
    return _wish(row) if row is not None else None


async def add(tx: Transaction, institution: str, new: Wish) -> None:
    await tx.run(
        _ADD,
        institution=institution,
        id=new.id,
        person=new.person,
        starts=micros(new.starts),
        ends=micros(new.ends),
        want=new.want.value,
        strength=new.strength,
        note=new.note,
        made_at=micros(new.made_at),
    )


async def remove(tx: Transaction, institution: str, which: str) -> None:
    await tx.run(_REMOVE, of=institution, which=which)


def _wish(row: Row) -> Wish:
    return Wish(
        id=row["id"],
        person=row["person"],
        starts=instant(row["starts"]),
        ends=instant(row["ends"]),
        want=Want(row["want"]),
        strength=row["strength"],
        note=row["note"],
        made_at=instant(row["made_at"]),
    )
