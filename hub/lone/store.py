"""The table of lone workers' sessions and its SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Integer, Table, Text, bindparam, insert, select, text, update

from hub.alarms.store import PLACED, placed
from hub.alarms.trigger import Position
from hub.clock import instant, micros
from hub.lone.session import Session, State
from hub.storage.both import partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

_RUNNING = text("ended_at IS NULL")
_MICROSECOND = timedelta(microseconds=1)

lone = Table(
    "lone",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("unit", Text),
    Column("place", Text),
    Column("place_text", Text),
    Column("purpose", Text),
    Column("starts", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("grace", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("alive_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("accuracy_m", Float),
    Column("alarm", Text),
    Column("ended_at", BigInteger),
    partial_index("lone_due", "due_at", where="due_at IS NOT NULL"),
    # The last word on "a person has at most one": whatever two processes believe.
    partial_index("lone_running", "institution", "person", where="ended_at IS NULL", unique=True),
    sqlite_with_rowid=False,
)

_OF = lone.c.institution == bindparam("of")
_ONE = select(lone).where(_OF, lone.c.id == bindparam("which"))
_INSERT = insert(lone)
_MOVING = ("ends_at", "alive_at", "due_at", "state", "version", "alarm", "ended_at")
_UPDATE = (
    update(lone)
    .where(_OF, lone.c.id == bindparam("which"), lone.c.version == bindparam("seen"))
    .values({name: bindparam(name) for name in _MOVING})
)
_LOCATE = update(lone).where(_OF, lone.c.id == bindparam("which")).values({name: bindparam(name) for name in PLACED})
_OF_PERSON = select(lone).where(_OF, lone.c.person == bindparam("who"), _RUNNING)
_OF_UNIT = select(lone).where(_OF, lone.c.unit == bindparam("in_unit"), _RUNNING).order_by(lone.c.ends_at)
_DUE = (
    select(lone.c.institution, lone.c.id)
    .where(lone.c.due_at <= bindparam("now"))
    .order_by(lone.c.due_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = select(lone.c.due_at).where(lone.c.due_at.is_not(None)).order_by(lone.c.due_at).limit(1)


async def find(tx: Reader, institution: str, which: str) -> Session | None:
    row = await tx.row(_ONE, of=institution, which=which)
    return _session(row) if row is not None else None


async def of_person(tx: Reader, institution: str, person: str) -> Session | None:
    """The one session of theirs that is not over."""
    row = await tx.row(_OF_PERSON, of=institution, who=person)
    return _session(row) if row is not None else None


async def of_unit(tx: Reader, institution: str, unit: str) -> Sequence[Session]:
    """All that run in the unit, the one that ends first first."""
    return [_session(row) for row in await tx.rows(_OF_UNIT, of=institution, in_unit=unit)]


async def add(tx: Transaction, new: Session) -> None:
    """Writes a new session down, which is to be its person's only one."""
    await tx.run(
        _INSERT,
        institution=new.institution,
        id=new.id,
        person=new.person,
        unit=new.unit,
        place=new.place,
        place_text=new.where,
        purpose=new.purpose,
        starts=micros(new.starts),
        length=new.length // _MICROSECOND,
        grace=new.grace // _MICROSECOND,
        **_moving(new),
        **placed(new.position),
    )


async def change(tx: Transaction, before: Session, after: Session) -> bool:
    """Writes the session's next state over the one that was seen; False when somebody else was first."""
    written = await tx.run(_UPDATE, of=after.institution, which=after.id, seen=before.version, **_moving(after))
    if written and before.position != after.position:
        await locate(tx, after)
    return written > 0


async def locate(tx: Transaction, session: Session) -> None:
    """Keeps the session's position, or none, in place of the one before."""
    await tx.run(_LOCATE, of=session.institution, which=session.id, **placed(session.position))


async def due(tx: Reader, now: datetime, most: int) -> list[tuple[str, str]]:
    """The sessions whose time has come, longest overdue first, as (institution, id)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_DUE, now=micros(now), most=most)]


async def next_due(tx: Reader) -> datetime | None:
    """The earliest moment that any session waits for."""
    row = await tx.row(_NEXT_DUE)
    return instant(row["due_at"]) if row is not None else None


def _moving(one: Session) -> dict[str, Any]:
    """The columns that change over a session's life."""
    return {
        "ends_at": micros(one.ends_at),
        "alive_at": micros(one.alive_at),
        "due_at": micros(one.due_at) if one.due_at is not None else None,
        "state": one.state.value,
        "version": one.version,
        "alarm": one.alarm,
        "ended_at": micros(one.ended_at) if one.ended_at is not None else None,
    }


def _session(row: Row) -> Session:
    return Session(
        id=row["id"],
        institution=row["institution"],
        person=row["person"],
        starts=instant(row["starts"]),
        length=row["length"] * _MICROSECOND,
        ends_at=instant(row["ends_at"]),
        alive_at=instant(row["alive_at"]),
        grace=row["grace"] * _MICROSECOND,
        unit=row["unit"],
        place=row["place"],
        where=row["place_text"],
        purpose=row["purpose"],
        state=State(row["state"]),
        version=row["version"],
        position=Position(row["lat"], row["lon"], row["accuracy_m"]) if row["lat"] is not None else None,
        alarm=row["alarm"],
        ended_at=instant(row["ended_at"]) if row["ended_at"] is not None else None,
    )
