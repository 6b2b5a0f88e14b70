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
    Label,
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
from hub.roster.absencestore import absence, absences_at, attendance, attended, strict_units
from hub.roster.shift import ALWAYS, NEVER, Duty, Shift, on_duty
from hub.storage.both import BATCH, in_batches
from hub.storage.both import insert as insert_once
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

shift_past = Table(
    "shift_past",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("until", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("person", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("duty", Text, nullable=False),
    Column("role", Text),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("removed", Integer, nullable=False),
    sqlite_with_rowid=False,
)

_HERE = shift.c.institution == bindparam("institution")
_AT: BindParameter[int] = bindparam("at")
# Someone who has left is on no duty, whatever an old shift says.
_STILL_HERE = and_(
    person.c.institution == shift.c.institution, person.c.id == shift.c.person, person.c.retired_at.is_(None)
)
_SEEN = and_(attendance.c.institution == shift.c.institution, attendance.c.shift == shift.c.id)
_ON_DUTY = (
    select(shift, attendance.c.in_at, attendance.c.out_at)
    .select_from(shift.join(person, _STILL_HERE).outerjoin(attendance, _SEEN))
    # Adding nothing keeps SQLite from going by the beginnings, through every shift there ever was: the end is what
    # leaves few of them.
    .where(_HERE, shift.c.ends > _AT, shift.c.starts + literal_column("0") <= _AT)
    .order_by(shift.c.unit, shift.c.person, shift.c.duty)
)


def _edges(table: Table, name: str) -> list[Label[Any]]:
    """The last beginning and end up to a moment, and the first after it."""
    here = table.c.institution == bindparam("institution")
    starts, ends = table.c.starts, table.c.ends
    return [
        select(func.max(starts)).where(here, starts <= _AT).scalar_subquery().label(f"{name}_begun"),
        select(func.max(ends)).where(here, ends <= _AT).scalar_subquery().label(f"{name}_ended"),
        select(func.min(starts)).where(here, starts > _AT).scalar_subquery().label(f"{name}_begins"),
        select(func.min(ends)).where(here, ends > _AT).scalar_subquery().label(f"{name}_ends"),
    ]


_TABLES = {"shift": shift, "absence": absence}
_BOUNDARIES = select(*(edge for name, table in _TABLES.items() for edge in _edges(table, name)))
_PASTS = [f"{name}_{edge}" for name in _TABLES for edge in ("begun", "ended")]
_COMINGS = [f"{name}_{edge}" for name in _TABLES for edge in ("begins", "ends")]
_BETWEEN = (
    select(shift)
    .join_from(shift, person, _STILL_HERE)
    .where(_HERE, shift.c.ends > bindparam("after"), shift.c.starts < bindparam("before"))
    .order_by(shift.c.starts, shift.c.unit, shift.c.person)
)
_BETWEEN_OF = _BETWEEN.where(shift.c.person == bindparam("who"))
_OF_SOURCE = select(shift).where(_HERE, shift.c.source == bindparam("source"))
_BEGINNING = _OF_SOURCE.where(shift.c.starts >= bindparam("first"), shift.c.starts < bindparam("end"))
_FIND = select(shift).where(_HERE, shift.c.id.in_(BATCH))
_ADD = insert(shift)
_KEEP_PAST = insert_once(shift_past).on_conflict_do_nothing()
_PAST = (
    select(shift_past)
    .where(shift_past.c.institution == bindparam("institution"), shift_past.c.id == bindparam("which"))
    .order_by(shift_past.c.until, shift_past.c.version)
)
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
    rows = await tx.rows(_ON_DUTY, institution=institution, at=moment)
    away = await absences_at(tx, institution, at)
    strict = await strict_units(tx, institution)
    bounds = await tx.row(_BOUNDARIES, institution=institution, at=moment)
    seen = {row["id"]: attended(row) for row in rows if row["in_at"] is not None}
    taps = [edge for row in rows for edge in (row["in_at"], row["out_at"]) if edge is not None]
    past = [bounds[key] for key in _PASTS if bounds and bounds[key] is not None]
    coming = [bounds[key] for key in _COMINGS if bounds and bounds[key] is not None]
    past += [tap for tap in taps if tap <= moment]
    coming += [tap for tap in taps if tap > moment]
    return Duty(
        on_duty([shift_of(row) for row in rows], at, away, seen, strict),
        instant(max(past)) if past else ALWAYS,
        instant(min(coming)) if coming else NEVER,
    )


async def shifts(tx: Reader, institution: str, after: datetime, before: datetime) -> list[Shift]:
    """The shifts of those still here that lie wholly or partly between two moments, the earliest first."""
    return [shift_of(row) for row in await rows(tx, institution, after, before)]


async def rows(tx: Reader, institution: str, after: datetime, before: datetime) -> Sequence[Row]:
    """The same as they lie in the database: very many of them are sooner told apart than made."""
    return await tx.rows(_BETWEEN, institution=institution, after=micros(after), before=micros(before))


async def shifts_of(tx: Reader, institution: str, who: str, after: datetime, before: datetime) -> list[Shift]:
    """One person's shifts that lie wholly or partly between two moments, the earliest first."""
    bounds = {"after": micros(after), "before": micros(before)}
    return [shift_of(row) for row in await tx.rows(_BETWEEN_OF, institution=institution, who=who, **bounds)]


async def of_source(tx: Reader, institution: str, source: str) -> dict[str, Shift]:
    """Every shift that came from one source, by id."""
    rows = await tx.rows(_OF_SOURCE, institution=institution, source=source)
    return {row["id"]: shift_of(row) for row in rows}


async def beginning(tx: Reader, institution: str, source: str, first: datetime, end: datetime) -> list[Shift]:
    """The shifts of one source that begin from `first` on and before `end`."""
    bounds = {"first": micros(first), "end": micros(end)}
    return [shift_of(row) for row in await tx.rows(_BEGINNING, institution=institution, source=source, **bounds)]


async def find(tx: Reader, institution: str, which: str) -> Shift | None:
    return (await find_many(tx, institution, [which])).get(which)


async def find_many(tx: Reader, institution: str, which: Sequence[str]) -> dict[str, Shift]:
    """Those of these shifts that there are, by id."""
    rows = [row for some in in_batches(which) for row in await tx.rows(_FIND, institution=institution, **some)]
    return {row["id"]: shift_of(row) for row in rows}


async def add(tx: Transaction, institution: str, new: Sequence[Shift]) -> None:
    await tx.run_many(_ADD, [_row(one) | {"institution": institution, "version": 1} for one in new])


async def change(tx: Transaction, institution: str, changed: Sequence[tuple[Shift, Shift]], now: datetime) -> None:
    """Writes the second of each pair over the first, which is kept as what was."""
    await keep_past(tx, institution, [before for before, _ in changed], now, removed=False)
    await tx.run_many(_CHANGE, [_row(after) | {"of": institution, "which": before.id} for before, after in changed])


async def remove(tx: Transaction, institution: str, gone: Sequence[Shift], now: datetime) -> None:
    """Takes these off the roster; what they were is kept."""
    await keep_past(tx, institution, gone, now, removed=True)
    await tx.run_many(_REMOVE, [{"of": institution, "which": one.id} for one in gone])


async def keep_past(tx: Transaction, institution: str, past: Sequence[Shift], now: datetime, *, removed: bool) -> None:
    """Keeps these shifts as they were up to now."""
    more = {"institution": institution, "until": micros(now), "removed": int(removed)}
    await tx.run_many(_KEEP_PAST, [_row(one) | more | {"version": one.version} for one in past])


async def past(tx: Reader, institution: str, which: str) -> list[tuple[datetime, Shift, bool]]:
    """What a shift was before each change: until when, as what, and whether it was removed then."""
    rows = await tx.rows(_PAST, institution=institution, which=which)
    return [(instant(row["until"]), shift_of(row), bool(row["removed"])) for row in rows]


async def next_version(tx: Transaction, institution: str) -> None:
    """Tells every cache of this roster that it is out of date."""
    await tx.run(_NEXT_VERSION, of=institution)


def shift_of(row: Row) -> Shift:
    """The shift that lies in a row."""
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
        version=row["version"],
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
