"""The table of drills and its SQL."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table, Text, bindparam, insert, select, update

from hub.clock import instant, micros
from hub.drills.drill import Drill, State
from hub.storage.both import partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

_MICROSECOND = timedelta(microseconds=1)

drill = Table(
    "drill",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("planned_by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("lasts", BigInteger, nullable=False),
    Column("outside", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger),
    Column("alarm", Text),
    partial_index("drill_due", "due_at", where="due_at IS NOT NULL"),
    sqlite_with_rowid=False,
)

_OF = drill.c.institution == bindparam("of")
_ONE = select(drill).where(_OF, drill.c.id == bindparam("which"))
_ALL = select(drill).where(_OF).order_by(drill.c.at.desc()).limit(bindparam("most"))
_ADD = insert(drill)
_MOVING = ("at", "state", "due_at", "alarm")
_CHANGE = (
    update(drill)
    .where(_OF, drill.c.id == bindparam("which"), drill.c.state == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in _MOVING})
)
_DUE = select(drill).where(drill.c.due_at <= bindparam("now")).order_by(drill.c.due_at).limit(bindparam("most"))


async def find(tx: Reader, institution: str, which: str) -> Drill | None:
    row = await tx.row(_ONE, of=institution, which=which)
    return _drill(row) if row is not None else None


async def newest(tx: Reader, institution: str, most: int) -> list[Drill]:
    """The institution's drills, those furthest ahead first."""
    return [_drill(row) for row in await tx.rows(_ALL, of=institution, most=most)]


async def add(tx: Transaction, new: Drill) -> None:
    """Writes a planned drill down."""
    await tx.run(
        _ADD,
        institution=new.institution,
        id=new.id,
        unit=new.unit,
        kind=new.kind,
        planned_by=new.planned_by,
        lasts=new.lasts // _MICROSECOND,
        outside=int(new.outside),
        **_moving(new),
    )


async def change(tx: Transaction, before: Drill, after: Drill) -> bool:
    """Writes the drill's next state over the one that was seen; False when somebody else was first."""
    moving = {f"the_{name}": value for name, value in _moving(after).items()}
    return await tx.run(_CHANGE, of=before.institution, which=before.id, seen=before.state.value, **moving) > 0


async def due(tx: Reader, now: datetime, most: int) -> list[Drill]:
    """The drills whose time has come, longest overdue first."""
    return [_drill(row) for row in await tx.rows(_DUE, now=micros(now), most=most)]


def _moving(one: Drill) -> dict[str, Any]:
    due_at = one.due_at
    return {
        "at": micros(one.at),
        "state": one.state.value,
        "due_at": micros(due_at) if due_at is not None else None,
        "alarm": one.alarm,
    }


def _drill(row: Row) -> Drill:
    return Drill(
        institution=row["institution"],
        id=row["id"],
        unit=row["unit"],
        kind=row["kind"],
        planned_by=row["planned_by"],
        at=instant(row["at"]),
        lasts=row["lasts"] * _MICROSECOND,
        outside=bool(row["outside"]),
        state=State(row["state"]),
        alarm=row["alarm"],
    )
