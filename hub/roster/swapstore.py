"""Swaps in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)

from hub.clock import instant, micros
from hub.people.site import DutyState, Role
from hub.roster.swap import Part, State, Swap
from hub.storage.both import partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

LIVE = "state IN ('open', 'agreed')"

swap = Table(
    "swap",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("giver", Text, nullable=False),
    Column("gives", Text, nullable=False),
    Column("gives_shift", Text, nullable=False),
    Column("asked", Text),
    Column("wants", Text),
    Column("note", Text),
    Column("state", Text, nullable=False),
    Column("taker", Text),
    Column("declined", Text, nullable=False),
    Column("why", Text),
    Column("begins", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("swap_by_change", "institution", "changed_at"),
    partial_index("swap_due", "begins", where=LIVE),
    partial_index("swap_of_shift", "institution", "gives_shift", where=LIVE, unique=True),
)

_HERE = swap.c.institution == bindparam("of")
_LIVE = text(LIVE)
_FIND = select(swap).where(_HERE, swap.c.id == bindparam("which"))
_CURRENT = (
    select(swap).where(_HERE, or_(_LIVE, swap.c.changed_at > bindparam("after"))).order_by(swap.c.begins, swap.c.id)
)
_OF_SHIFT = select(swap.c.id).where(_HERE, _LIVE, swap.c.gives_shift == bindparam("shift"))
_DUE = select(swap.c.institution, swap.c.id).where(_LIVE, swap.c.begins <= bindparam("now")).order_by(swap.c.begins)
_ADD = insert(swap)
_CHANGE = (
    update(swap)
    .where(and_(_HERE, swap.c.id == bindparam("which"), swap.c.version == bindparam("seen")))
    .values({name: bindparam(f"new_{name}") for name in ("state", "taker", "declined", "why", "changed_at", "version")})
)


async def find(tx: Reader, institution: str, which: str) -> Swap | None:
    row = await tx.row(_FIND, of=institution, which=which)
    return _swap(row) if row is not None else None


async def current(tx: Reader, institution: str, after: datetime) -> list[Swap]:
    """Every swap that still waits for somebody, and those changed after a moment; the earliest shift first."""
    return [_swap(row) for row in await tx.rows(_CURRENT, of=institution, after=micros(after))]


async def offered(tx: Reader, institution: str, shift: str) -> bool:
    """Whether a shift is on offer already."""
    return await tx.row(_OF_SHIFT, of=institution, shift=shift) is not None


async def due(tx: Reader, now: datetime) -> list[tuple[str, str]]:
    """The swaps whose shift has begun, as (institution, id)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_DUE, now=micros(now))]


async def add(tx: Transaction, new: Swap) -> None:
    await tx.run(
        _ADD,
        institution=new.institution,
        id=new.id,
        giver=new.giver,
        gives=_written(new.gives),
        gives_shift=new.gives.shift,
        asked=new.asked,
        wants=_written(new.wants) if new.wants is not None else None,
        note=new.note,
        state=new.state.value,
        taker=new.taker,
        declined=_list(new),
        why=new.why,
        begins=micros(new.begins),
        made_at=micros(new.made_at),
        changed_at=micros(new.changed_at),
        version=new.version,
    )


async def change(tx: Transaction, seen: int, new: Swap) -> bool:
    """Writes how far it has come; False if it is not as it was seen."""
    values: dict[str, Any] = {
        "new_state": new.state.value,
        "new_taker": new.taker,
        "new_declined": _list(new),
        "new_why": new.why,
        "new_changed_at": micros(new.changed_at),
        "new_version": new.version,
    }
    return await tx.run(_CHANGE, of=new.institution, which=new.id, seen=seen, **values) > 0


def _list(one: Swap) -> str:
    return orjson.dumps(sorted(one.declined)).decode()


def _written(part: Part) -> str:
    role = part.role.value if part.role is not None else None
    kept = [part.shift, part.unit, micros(part.starts), micros(part.ends), part.duty.value, role]
    return orjson.dumps(kept).decode()


def _part(written: str) -> Part:
    shift, unit, starts, ends, duty, role = orjson.loads(written)
    return Part(shift, unit, instant(starts), instant(ends), DutyState(duty), Role(role) if role else None)


def _swap(row: Row) -> Swap:
    declined: Sequence[str] = orjson.loads(row["declined"])
    return Swap(
        id=row["id"],
        institution=row["institution"],
        giver=row["giver"],
        gives=_part(row["gives"]),
        made_at=instant(row["made_at"]),
        changed_at=instant(row["changed_at"]),
        asked=row["asked"],
        wants=_part(row["wants"]) if row["wants"] is not None else None,
        note=row["note"],
        state=State(row["state"]),
        taker=row["taker"],
        declined=frozenset(declined),
        why=row["why"],
        version=row["version"],
    )
