"""The SQL of what is changed by hand: the site's versions, the reasons, and the versions of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from hub.clock import instant, micros
from hub.people import tables
from hub.people.tables import institution, neighbour, person, person_unit, session
from hub.storage.database import Reader, Row, Transaction, metadata

rules_version = Table(
    "rules_version",
    metadata,
    Column("institution", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger),
    Column("made_by", Text),
    Column("why", Text),
    PrimaryKeyConstraint("institution", "number"),
)
reason = Table(
    "reason",
    metadata,
    Column("institution", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("institution", "seq"),
)

_THIS = institution.c.id == bindparam("of")
_NEXT_ROSTER = update(institution).where(_THIS).values(roster_version=institution.c.roster_version + 1)
_EDITED = update(institution).where(_THIS).values(edited_at=bindparam("at"))
_NAMED = update(institution).where(_THIS).values(name=bindparam("new_name"), timezone=bindparam("new_timezone"))
_RULED = update(institution).where(_THIS).values(rules_name=bindparam("new_name"), rules_text=bindparam("new_text"))
_KEEP_REASON = insert(reason)
_REASONS = select(reason.c.seq, reason.c.why).where(reason.c.institution == bindparam("of"))
_RULES = (
    select(rules_version).where(rules_version.c.institution == bindparam("of")).order_by(rules_version.c.number.desc())
)
_LAST_RULES = select(func.max(rules_version.c.number).label("number")).where(
    rules_version.c.institution == bindparam("of")
)
_KEEP_RULES = insert(rules_version)
_CLEAR_UNITS = delete(person_unit).where(
    person_unit.c.institution == bindparam("of"), person_unit.c.person == bindparam("who")
)
_CLEAR_NEIGHBOURS = delete(neighbour).where(
    neighbour.c.institution == bindparam("of"), neighbour.c.unit == bindparam("which")
)
_FORGET_UNIT = delete(neighbour).where(
    neighbour.c.institution == bindparam("of"), neighbour.c.neighbour == bindparam("which")
)
_LEAVE_UNIT = delete(person_unit).where(
    person_unit.c.institution == bindparam("of"), person_unit.c.unit == bindparam("which")
)
_SESSIONS = (
    select(session)
    .where(
        session.c.institution == bindparam("of"), session.c.ended_at.is_(None), session.c.expires_at > bindparam("now")
    )
    .order_by(session.c.last_seen_at.desc())
)
_SIGNED_IN = (
    select(session.c.person, func.max(session.c.last_seen_at).label("at"))
    .where(session.c.institution == bindparam("of"))
    .group_by(session.c.person)
)
_LEAVING = (
    select(person.c.institution, person.c.id)
    .where(person.c.leaves_at <= bindparam("now"), person.c.retired_at.is_(None))
    .order_by(person.c.leaves_at)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """Rules that were put in force; `at` is None for those that came before versions were kept."""

    number: int
    name: str
    text: str
    at: datetime | None
    made_by: str | None
    why: str | None


async def raise_roster(tx: Transaction, of: str) -> None:
    """Tells every cache of the roster that it is out of date: somebody who has left is on no duty."""
    await tx.run(_NEXT_ROSTER, of=of)


async def edited(tx: Transaction, of: str, at: datetime) -> None:
    """Remembers that the institution no longer is as its file said."""
    await tx.run(_EDITED, of=of, at=micros(at))


async def rename(tx: Transaction, of: str, name: str, timezone: str) -> None:
    await tx.run(_NAMED, of=of, new_name=name, new_timezone=timezone)


async def keep_reason(tx: Transaction, of: str, seq: int, why: str) -> None:
    await tx.run(_KEEP_REASON, institution=of, seq=seq, why=why)


async def reasons(tx: Reader, of: str) -> dict[int, str]:
    """Why each change was made, by its row in the journal."""
    return {row["seq"]: row["why"] for row in await tx.rows(_REASONS, of=of)}


async def present(tx: Reader, kept: tables.Kept, of: str) -> dict[str, Row]:
    """The rows of one of the institution's lists by id, those that have left it too."""
    return {row["id"]: row for row in await tx.rows(kept.all, institution=of)}


async def add(tx: Transaction, kept: tables.Kept, of: str, **values: Any) -> None:
    """Writes a new row; columns that nobody speaks of stay empty."""
    await tx.run(kept.add, institution=of, **dict.fromkeys(kept.columns) | values)


async def change(tx: Transaction, kept: tables.Kept, of: str, row: Row, **values: Any) -> None:
    """Writes these columns of the row anew."""
    await tx.run(kept.change, of=of, which=row["id"], **{name: row[name] for name in kept.columns} | values)


async def end(tx: Transaction, kept: tables.Kept, of: str, which: str, at: datetime) -> None:
    await tx.run(kept.end, of=of, which=which, at=micros(at))


async def belongs(tx: Transaction, of: str, who: str, units: tuple[str, ...]) -> None:
    """Makes these the person's units, in this order."""
    await tx.run(_CLEAR_UNITS, of=of, who=who)
    rows = [{"institution": of, "person": who, "unit": unit, "rank": rank} for rank, unit in enumerate(units)]
    await tx.run_many(tables.PERSON_UNITS.add, rows)


async def neighbours(tx: Transaction, of: str, which: str, others: tuple[str, ...]) -> None:
    """Makes these the unit's neighbours, in this order."""
    await tx.run(_CLEAR_NEIGHBOURS, of=of, which=which)
    rows = [{"institution": of, "unit": which, "neighbour": other, "rank": rank} for rank, other in enumerate(others)]
    await tx.run_many(tables.NEIGHBOURS.add, rows)


async def forget_unit(tx: Transaction, of: str, which: str) -> None:
    """Takes a unit out of everybody's units and neighbours."""
    for statement in (_CLEAR_NEIGHBOURS, _FORGET_UNIT, _LEAVE_UNIT):
        await tx.run(statement, of=of, which=which)


async def end_sessions(tx: Transaction, of: str, who: str, at: datetime) -> None:
    await tx.run(tables.END_SESSIONS, of=of, who=who, at=micros(at))


async def sessions(tx: Reader, of: str, now: datetime) -> list[Row]:
    """Every browser in which somebody of the institution is signed in, the most recently used first."""
    return list(await tx.rows(_SESSIONS, of=of, now=micros(now)))


async def last_seen(tx: Reader, of: str) -> Mapping[str, datetime]:
    """When each person's browser was last heard of."""
    return {row["person"]: instant(row["at"]) for row in await tx.rows(_SIGNED_IN, of=of)}


async def leaving(tx: Reader, now: datetime, most: int) -> list[tuple[str, str]]:
    """Those whose time here is over, as (institution, person)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_LEAVING, now=micros(now), most=most)]


async def rules(tx: Reader, of: str) -> list[RulesVersion]:
    """All rules that were ever in force, the newest first."""
    return [
        RulesVersion(
            row["number"],
            row["name"],
            row["text"],
            instant(row["at"]) if row["at"] is not None else None,
            row["made_by"],
            row["why"],
        )
        for row in await tx.rows(_RULES, of=of)
    ]


async def keep_rules(
    tx: Transaction, of: str, name: str, text: str, at: datetime | None, made_by: str | None, why: str | None
) -> int:
    """Keeps rules as the newest version; gives its number."""
    last = await tx.row(_LAST_RULES, of=of)
    number = (last["number"] or 0) + 1 if last is not None else 1
    moment = micros(at) if at is not None else None
    await tx.run(_KEEP_RULES, institution=of, number=number, name=name, text=text, at=moment, made_by=made_by, why=why)
    return number


async def put_in_force(tx: Transaction, of: str, name: str, text: str) -> None:
    await tx.run(_RULED, of=of, new_name=name, new_text=text)
