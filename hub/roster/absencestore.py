"""Absences, and who has checked in, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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
    insert,
    select,
    update,
)

from hub.clock import instant, micros
from hub.roster.shift import Absence, Attendance, Away
from hub.storage.both import BATCH, in_batches
from hub.storage.both import insert as insert_once
from hub.storage.database import Reader, Row, Transaction, metadata

absence = Table(
    "absence",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("unit", Text),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    UniqueConstraint("institution", "source", "source_id", name="absence_by_source"),
    Index("absence_by_end", "institution", "ends", "starts"),
    Index("absence_by_start", "institution", "starts"),
)
attendance = Table(
    "attendance",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("shift", Text, primary_key=True),
    Column("in_at", BigInteger, nullable=False),
    Column("out_at", BigInteger),
    sqlite_with_rowid=False,
)
check_in_unit = Table(
    "check_in_unit",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    sqlite_with_rowid=False,
)

_HERE = absence.c.institution == bindparam("institution")
_BETWEEN = (
    select(absence)
    .where(_HERE, absence.c.ends > bindparam("after"), absence.c.starts < bindparam("before"))
    .order_by(absence.c.starts, absence.c.person)
)
_BETWEEN_OF = _BETWEEN.where(absence.c.person == bindparam("who"))
_BEGINNING = select(absence).where(
    _HERE,
    absence.c.source == bindparam("source"),
    absence.c.starts >= bindparam("first"),
    absence.c.starts < bindparam("end"),
)
_FIND = select(absence).where(_HERE, absence.c.id.in_(BATCH))
_KEY = and_(absence.c.institution == bindparam("of"), absence.c.id == bindparam("which"))
_ADD = insert(absence)
_CHANGE = (
    update(absence)
    .where(_KEY)
    .values({name: bindparam(name) for name in ("person", "unit", "starts", "ends", "kind")})
    .values(version=absence.c.version + 1)
)
_REMOVE = delete(absence).where(_KEY)
_IN = insert_once(attendance).on_conflict_do_nothing()
_OUT = (
    update(attendance)
    .where(
        attendance.c.institution == bindparam("of"),
        attendance.c.shift == bindparam("which"),
        attendance.c.out_at.is_(None),
    )
    .values(out_at=bindparam("at"))
)
# Whoever tapped that they left, and had not, is there again.
_BACK = (
    update(attendance)
    .where(
        attendance.c.institution == bindparam("of"),
        attendance.c.shift == bindparam("which"),
        attendance.c.out_at.is_not(None),
    )
    .values(out_at=None)
)
_ATTENDED = select(attendance).where(
    attendance.c.institution == bindparam("institution"), attendance.c.shift == bindparam("which")
)
_ATTENDED_MANY = select(attendance).where(
    attendance.c.institution == bindparam("institution"), attendance.c.shift.in_(BATCH)
)
_STRICT = select(check_in_unit.c.unit).where(check_in_unit.c.institution == bindparam("institution"))
_WANT_CHECK_IN = insert_once(check_in_unit).on_conflict_do_nothing()
_WANT_NONE = delete(check_in_unit).where(
    check_in_unit.c.institution == bindparam("of"), check_in_unit.c.unit == bindparam("which")
)


async def absences(tx: Reader, institution: str, after: datetime, before: datetime) -> list[Absence]:
    """The absences that lie wholly or partly between two moments, the earliest first."""
    return [absence_of(row) for row in await rows(tx, institution, after, before)]


async def rows(tx: Reader, institution: str, after: datetime, before: datetime) -> Sequence[Row]:
    """The same as they lie in the database."""
    return await tx.rows(_BETWEEN, institution=institution, after=micros(after), before=micros(before))


async def absences_of(tx: Reader, institution: str, who: str, after: datetime, before: datetime) -> list[Absence]:
    """One person's absences that lie wholly or partly between two moments, the earliest first."""
    bounds = {"after": micros(after), "before": micros(before)}
    return [absence_of(row) for row in await tx.rows(_BETWEEN_OF, institution=institution, who=who, **bounds)]


async def absences_at(tx: Reader, institution: str, at: datetime) -> list[Absence]:
    """Who is away at a moment."""
    rows = await tx.rows(_BETWEEN, institution=institution, after=micros(at), before=micros(at) + 1)
    return [absence_of(row) for row in rows]


async def beginning(tx: Reader, institution: str, source: str, first: datetime, end: datetime) -> list[Absence]:
    """The absences of one source that begin from `first` on and before `end`."""
    bounds = {"first": micros(first), "end": micros(end)}
    return [absence_of(row) for row in await tx.rows(_BEGINNING, institution=institution, source=source, **bounds)]


async def find_many(tx: Reader, institution: str, which: Sequence[str]) -> dict[str, Absence]:
    """Those of these absences that there are, by id."""
    rows = [row for some in in_batches(which) for row in await tx.rows(_FIND, institution=institution, **some)]
    return {row["id"]: absence_of(row) for row in rows}


async def add(tx: Transaction, institution: str, new: Sequence[Absence]) -> None:
    await tx.run_many(_ADD, [_row(one) | {"institution": institution, "version": 1} for one in new])


async def change(tx: Transaction, institution: str, changed: Sequence[tuple[Absence, Absence]]) -> None:
    """Writes the second of each pair over the first."""
    await tx.run_many(_CHANGE, [_row(after) | {"of": institution, "which": before.id} for before, after in changed])


async def remove(tx: Transaction, institution: str, gone: Sequence[Absence]) -> None:
    await tx.run_many(_REMOVE, [{"of": institution, "which": one.id} for one in gone])


async def check_in(tx: Transaction, institution: str, shift: str, now: datetime) -> bool:
    """Keeps that a shift's person is there, or is there after all; False if that was known."""
    if await tx.run(_IN, institution=institution, shift=shift, in_at=micros(now), out_at=None) > 0:
        return True
    return await tx.run(_BACK, of=institution, which=shift) > 0


async def check_out(tx: Transaction, institution: str, shift: str, now: datetime) -> bool:
    """Keeps that a shift is over for its person; False if they were not there."""
    return await tx.run(_OUT, of=institution, which=shift, at=micros(now)) > 0


async def attended_shift(tx: Reader, institution: str, shift: str) -> Attendance | None:
    """When the shift's person came and went, if they said so."""
    row = await tx.row(_ATTENDED, institution=institution, which=shift)
    return attended(row) if row is not None else None


async def attended_shifts(tx: Reader, institution: str, shifts: Sequence[str]) -> dict[str, Attendance]:
    """When these shifts' people came and went, where they said so, by shift."""
    rows = [
        row for some in in_batches(shifts) for row in await tx.rows(_ATTENDED_MANY, institution=institution, **some)
    ]
    return {row["shift"]: attended(row) for row in rows}


async def strict_units(tx: Reader, institution: str) -> set[str]:
    """The units where only those who have checked in count as on duty, once somebody has."""
    return {row["unit"] for row in await tx.rows(_STRICT, institution=institution)}


async def make_strict(tx: Transaction, institution: str, unit: str, strict: bool) -> bool:
    """Sets a unit's own choice; False if it was so already."""
    if strict:
        return await tx.run(_WANT_CHECK_IN, institution=institution, unit=unit) > 0
    return await tx.run(_WANT_NONE, of=institution, which=unit) > 0


def attended(row: Row) -> Attendance:
    return Attendance(instant(row["in_at"]), instant(row["out_at"]) if row["out_at"] is not None else None)


def absence_of(row: Row) -> Absence:
    """The absence that lies in a row."""
    return Absence(
        id=row["id"],
        person=row["person"],
        unit=row["unit"],
        starts=instant(row["starts"]),
        ends=instant(row["ends"]),
        kind=Away(row["kind"]),
        source=row["source"],
        source_id=row["source_id"],
        version=row["version"],
    )


def _row(one: Absence) -> dict[str, Any]:
    return {
        "id": one.id,
        "person": one.person,
        "unit": one.unit,
        "starts": micros(one.starts),
        "ends": micros(one.ends),
        "kind": one.kind.value,
        "source": one.source,
        "source_id": one.source_id,
    }
