"""The SQL of a new master key: who has it, how far each table has come, and the rows themselves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Executable, Table, Text, bindparam, delete, func, select, tuple_, update

from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

BEGIN, OVER = "[]", "over"
_SLOT = re.compile(r"\{(\w+)\}")

key_holder = Table(
    "key_holder",
    metadata,
    Column("node", Text, primary_key=True),
    Column("keys", Text, nullable=False),
    Column("current", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
resealing = Table(
    "resealing",
    metadata,
    Column("what", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("reached", Text, nullable=False),
)

_HOLDERS = select(key_holder).order_by(key_holder.c.node)
_SAY = insert(key_holder)
_SAY = _SAY.on_conflict_do_update(
    index_elements=["node"], set_={name: _SAY.excluded[name] for name in ("keys", "current", "at")}
)
_FORGET = delete(key_holder).where(key_holder.c.at < bindparam("since"))
_PLACE = select(resealing).where(resealing.c.what == bindparam("of"))
_MOVE = insert(resealing)
_MOVE = _MOVE.on_conflict_do_update(
    index_elements=["what"],
    set_={"key": _MOVE.excluded.key, "reached": _MOVE.excluded.reached},
    where=(resealing.c.key != _MOVE.excluded.key) | (resealing.c.reached == bindparam("seen")),
)
_ANEW = update(resealing).where(resealing.c.key == bindparam("by")).values(reached=BEGIN)


@dataclass(frozen=True, slots=True)
class Holder:
    """One hub, the master keys that it has, and which of them it seals with."""

    node: str
    keys: frozenset[str]
    current: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed text, each bound to its row by what the column's `bound` says, or by its table and key."""

    name: str
    bound_by: str
    columns: tuple[str, ...]
    first: Executable
    later: Executable
    change: Executable
    counted: Executable

    @classmethod
    def of(cls, table: Table, sealed: Column[Any]) -> "Sealed":
        keys = list(table.primary_key.columns)
        names = tuple(one.name for one in keys)
        first = (
            select(*(one for one in table.c if one is not sealed), sealed.label("lies"))
            .where(sealed.not_like(bindparam("current")))
            .order_by(*keys)
            .limit(bindparam("most"))
        )
        here = [bindparam(f"at_{one.name}", type_=one.type) for one in keys]
        own = [one == bindparam(f"the_{one.name}") for one in keys]
        return cls(
            f"{table.name}.{sealed.name}",
            sealed.info.get("bound", "/".join([table.name, *(f"{{{name}}}" for name in names)])),
            names,
            first,
            first.where(tuple_(*keys) > tuple_(*here)),
            update(table).where(*own, sealed == bindparam("seen")).values({sealed: bindparam("fresh")}),
            select(func.count().label("n")).select_from(table).where(sealed.like(bindparam("by"))),
        )

    def key(self, row: Row) -> list[Any]:
        return [row[name] for name in self.columns]

    def values(self, row: Row) -> Mapping[str, Any]:
        return {f"the_{name}": row[name] for name in self.columns}

    def bound(self, row: Row) -> str:
        """What the row is sealed for, and opens nowhere else."""
        return _SLOT.sub(lambda slot: str(row[slot[1]]), self.bound_by)

    async def after(self, tx: Reader, current: str, reached: str, most: int) -> Sequence[Row]:
        """The next rows that another key has sealed."""
        here = {f"at_{name}": value for name, value in zip(self.columns, orjson.loads(reached), strict=False)}
        return await tx.rows(self.later if here else self.first, current=f"{current}.%", most=most, **here)

    async def put(self, tx: Transaction, fresh: Sequence[Mapping[str, Any]]) -> None:
        await tx.run_many(self.change, fresh)

    async def count(self, tx: Reader, key: str) -> int:
        """How many rows are sealed with that key."""
        row = await tx.row(self.counted, by=f"{key}.%")
        return int(row["n"]) if row is not None else 0


async def say(tx: Transaction, one: Holder, now: datetime, since: datetime) -> None:
    """Writes down which keys a hub has, and forgets those hubs that have been silent since then."""
    keys = orjson.dumps(sorted(one.keys)).decode()
    await tx.run(_SAY, node=one.node, keys=keys, current=one.current, at=micros(now))
    await tx.run(_FORGET, since=micros(since))


async def holders(tx: Reader) -> list[Holder]:
    return [
        Holder(row["node"], frozenset(orjson.loads(row["keys"])), row["current"], instant(row["at"]))
        for row in await tx.rows(_HOLDERS)
    ]


async def place(tx: Reader, what: str, key: str) -> str | None:
    """How far a table has come with the change to that key; None once it is through."""
    row = await tx.row(_PLACE, of=what)
    reached = row["reached"] if row is not None and row["key"] == key else BEGIN
    return None if reached == OVER else str(reached)


async def move(tx: Transaction, what: str, key: str, seen: str, reached: Sequence[Any] | None) -> bool:
    """Takes the next rows of a table for one hub; False if another was quicker."""
    now = orjson.dumps(reached).decode() if reached is not None else OVER
    return await tx.run(_MOVE, what=what, key=key, reached=now, seen=seen) > 0


async def begin_anew(tx: Transaction, key: str) -> None:
    await tx.run(_ANEW, by=key)
