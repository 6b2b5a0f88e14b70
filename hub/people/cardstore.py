"""The SQL of instruction cards: every version is kept, the newest is in force, and an empty one takes it away."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Table, Text, bindparam, func, insert, select
from sqlalchemy.sql.expression import and_

from hub.clock import instant, micros
from hub.people.site import Card
from hub.people.tables import unit
from hub.storage.database import Reader, Transaction, metadata

card = Table(
    "card",
    metadata,
    Column("institution", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "unit", "kind", "version"),
)

_HERE = card.c.institution == bindparam("of")
_NEWEST = (
    select(card.c.unit, card.c.kind, func.max(card.c.version).label("version"))
    .where(_HERE)
    .group_by(card.c.unit, card.c.kind)
    .subquery()
)
_IN_FORCE = select(card.c.unit, card.c.kind, card.c.version, card.c.text).join_from(
    card,
    _NEWEST,
    and_(
        _HERE,
        card.c.unit == _NEWEST.c.unit,
        card.c.kind == _NEWEST.c.kind,
        card.c.version == _NEWEST.c.version,
    ),
)
_OF_UNIT = (
    select(card)
    .where(_HERE, card.c.unit == bindparam("in_unit"))
    .order_by(card.c.written_at.desc(), card.c.version.desc())
)
_ADD = insert(card)
_SET_QUIET = (
    unit.update()
    .where(unit.c.institution == bindparam("of"), unit.c.id == bindparam("which"))
    .values(quiet=bindparam("quietly"))
)


@dataclass(frozen=True, slots=True)
class Written:
    """One version of a card, and who wrote it when."""

    kind: str
    card: Card
    by: str
    at: datetime


async def in_force(tx: Reader, institution: str) -> Mapping[str, Mapping[str, Card]]:
    """The cards of each unit, by the kind of alarm that they are for."""
    found: defaultdict[str, dict[str, Card]] = defaultdict(dict)
    for row in await tx.rows(_IN_FORCE, of=institution):
        if row["text"]:
            found[row["unit"]][row["kind"]] = Card(row["version"], row["text"])
    return found


async def history(tx: Reader, institution: str, unit: str) -> list[Written]:
    """Every version of a unit's cards, the newest first."""
    return [
        Written(row["kind"], Card(row["version"], row["text"]), row["written_by"], instant(row["written_at"]))
        for row in await tx.rows(_OF_UNIT, of=institution, in_unit=unit)
    ]


async def add(tx: Transaction, institution: str, unit: str, new: Written) -> None:
    await tx.run(
        _ADD,
        institution=institution,
        unit=unit,
        kind=new.kind,
        version=new.card.version,
        text=new.card.text,
        written_by=new.by,
        written_at=micros(new.at),
    )


async def set_quiet(tx: Transaction, institution: str, unit: str, quiet: bool) -> None:
    """Whether alarms in the unit make no sound of themselves."""
    await tx.run(_SET_QUIET, of=institution, which=unit, quietly=int(quiet))
