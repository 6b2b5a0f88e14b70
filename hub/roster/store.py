"""Shifts in the database, and who is on duty by them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from hub.clock import instant, micros
from hub.people.site import DutyState, Role
from hub.people.tables import institution, person
from hub.roster.shift import ALWAYS, NEVER, Duty, OnDuty, Shift
from hub.storage.database import Reader, Row, Transaction, metadata

shift = Table(
    "shift",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("duty", Text, nullable=False),
    Column("role", Text),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    UniqueConstraint("institution", "source", "source_id", name="shift_by_source"),
    # Who is on duty: of those not yet over, the few that have begun. Past shifts, years of them, are never touched.
    Index("shift_by_end", "institution", "ends", "starts"),
    # The next beginning after a moment.
    Index("shift_by_start", "institution", "starts"),
)

_HERE = shift.c.institution == bindparam("institution")
_AT: BindParameter[int] = bindparam("at")
# Someone who has left is on no duty, whatever an old shift says.
_STILL_HERE = and_(
    person.c.institution == shift.c.institution, person.c.id == shift.c.person, person.c.retired_at.is_(None)
)
_ON_DUTY = (
    select(shift.c.person, shift.c.unit, shift.c.duty)
    .join_from(shift, person, _STILL_HERE)
    # Adding nothing keeps SQLite from going by the beginnings, through every shift there ever was: the end is what
    # leaves few of them.
    .where(_HERE, shift.c.ends > _AT, shift.c.starts + literal_column("0") <= _AT)
    .distinct()
    .order_by(shift.c.unit, shift.c.person, shift.c.duty)
)
_BOUNDARIES = select(
    select(func.max(shift.c.starts)).where(_HERE, shift.c.starts <= _AT).scalar_subquery().label("begun"),
    select(func.max(shift.c.ends)).where(_HERE, shift.c.ends <= _AT).scalar_subquery().label("ended"),
    select(func.min(shift.c.starts)).where(_HERE, shift.c.starts > _AT).scalar_subquery().label("begins"),
    select(func.min(shift.c.ends)).where(_HERE, shift.c.ends > _AT).scalar_subquery().label("ends"),
)
_BETWEEN = (
    select(shift)
    .join_from(shift, person, _STILL_HERE)
    .where(_HERE, shift.c.ends > bindparam("after"), shift.c.starts < bindparam("before"))
    .order_by(shift.c.starts, shift.c.unit, shift.c.person)
)
_OF_SOURCE = select(shift).where(_HERE, shift.c.source == bindparam("source"))
_BEGINNING = _OF_SOURCE.where(shift.c.starts >= bindparam("first"), shift.c.starts < bindparam("end"))
_FIND = select(shift).where(_HERE, shift.c.id == bindparam("which"))
_ADD = insert(shift)
_KEY = and_(shift.c.institution == bindparam("of"), shift.c.id == bindparam("which"))
_CHANGE = (
    update(shift)
    .where(_KEY)
    .values({name: bindparam(name) for name in ("person", "unit", "starts", "ends", "duty", "role")})
    .values(version=shift.c.version + 1)
)
_REMOVE = delete(shift).where(_KEY)
_NEXT_VERSION = (
    update(institution)
    .where(institution.c.id == bindparam("of"))
    .values(roster_version=institution.c.roster_version + 1)
)


async def duty(tx: Reader, institution: str, at: datetime) -> Duty:
    """Who is on duty at a moment, and between which moments that stays as it is."""
    moment = micros(at)
    found = await tx.rows(_ON_DUTY, institution=institution, at=moment)
    bounds = await tx.row(_BOUNDARIES, institution=institution, at=moment)
    past = [bounds[key] for key in ("begun", "ended") if bounds and bounds[key] is not None]
    coming = [bounds[key] for key in ("begins", "ends") if bounds and bounds[key] is not None]
    return Duty(
        tuple(OnDuty(row["person"], row["unit"], DutyState(row["duty"])) for row in found),
        instant(max(past)) if past else ALWAYS,
        instant(min(coming)) if coming else NEVER,
    )


async def shifts(tx: Reader, institution: str, after: datetime, before: datetime) -> list[Shift]:
    """The shifts of those still here that lie wholly or partly between two moments, the earliest first."""
    rows = await tx.rows(_BETWEEN, institution=institution, after=micros(after), before=micros(before))
    return [_shift(row) for row in rows]


async def of_source(tx: Reader, institution: str, source: str) -> dict[str, Shift]:
    """Every shift that came from one source, by id."""
    rows = await tx.rows(_OF_SOURCE, institution=institution, source=source)
    return {row["id"]: _shift(row) for row in rows}


async def beginning(tx: Reader, institution: str, source: str, first: datetime, end: datetime) -> list[Shift]:
    """The shifts of one source that begin from `first` on and before `end`."""
    bounds = {"first": micros(first), "end": micros(end)}
    return [_shift(row) for row in await tx.rows(_BEGINNING, institution=institution, source=source, **bounds)]


async def find(tx: Reader, institution: str, which: str) -> Shift | None:
    row = await tx.row(_FIND, institution=institution, which=which)
    return _shift(row) if row is not None else None


async def add(tx: Transaction, institution: str, new: Sequence[Shift]) -> None:
    await tx.run_many(_ADD, [_row(one) | {"institution": institution, "version": 1} for one in new])


async def change(tx: Transaction, institution: str, changed: Sequence[Shift]) -> None:
    """Writes these over the shifts that have their ids."""
    await tx.run_many(_CHANGE, [_row(one) | {"of": institution, "which": one.id} for one in changed])


async def remove(tx: Transaction, institution: str, gone: Sequence[Shift]) -> None:
    await tx.run_many(_REMOVE, [{"of": institution, "which": one.id} for one in gone])


async def next_version(tx: Transaction, institution: str) -> None:
    """Tells every cache of this roster that it is out of date."""
    await tx.run(_NEXT_VERSION, of=institution)


def _shift(row: Row) -> Shift:
    return Shift(
        id=row["id"],
        person=row["person"],
        unit=row["unit"],
        starts=instant(row["starts"]),
        ends=instant(row["ends"]),
        duty=DutyState(row["duty"]),
        source=row["source"],
        source_id=row["source_id"],
        role=Role(row["role"]) if row["role"] is not None else None,
    )


def _row(one: Shift) -> dict[str, Any]:
    return {
        "id": one.id,
        "person": one.person,
        "unit": one.unit,
        "starts": micros(one.starts),
        "ends": micros(one.ends),
        "duty": one.duty.value,
        "role": one.role.value if one.role else None,
        "source": one.source,
        "source_id": one.source_id,
    }
