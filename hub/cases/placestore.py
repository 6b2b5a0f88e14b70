"""The SQL of which case of which citizen an incident belongs to, as somebody has said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, bindparam, delete, select

from hub.citizens import store as citizens
from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

# Only ever added to: the newest counts.
case_place = Table(
    "case_place",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("citizen", Text),
    Column("case_id", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "incident", "number"),
    Index("case_place_by_case", "institution", "case_id"),
)

_OF = case_place.c.institution == bindparam("of")
_HERE = (_OF, case_place.c.incident == bindparam("which"))
_ALL = select(case_place).where(*_HERE).order_by(case_place.c.number)
_ON = select(case_place.c.incident).where(_OF, case_place.c.case_id == bindparam("on_case")).distinct()
_ADD = insert(case_place)
_FORGET = delete(case_place).where(*_HERE)


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody has said that an incident belongs to."""

    citizen: str | None
    case: str | None
    by: str
    at: datetime


async def places(tx: Reader, of: str, which: str) -> list[Place]:
    """All that was said of an incident, the newest last."""
    return [_place(row) for row in await tx.rows(_ALL, of=of, which=which)]


async def citizen(tx: Reader, of: str, which: str) -> str | None:
    """The one citizen whom an incident's note is about: who was chosen, or else the only one whom it names."""
    said = await places(tx, of, which)
    if said and said[-1].citizen is not None:
        return said[-1].citizen
    named = await citizens.of_incident(tx, of, which)
    return named[0] if len(named) == 1 else None


async def case(tx: Reader, of: str, which: str) -> str | None:
    """The case that somebody has said it belongs to."""
    said = await places(tx, of, which)
    return said[-1].case if said else None


async def on(tx: Reader, of: str, which: str) -> list[str]:
    """The incidents that belong to a case now."""
    rows = await tx.rows(_ON, of=of, on_case=which)
    return [row["incident"] for row in rows if await case(tx, of, row["incident"]) == which]


async def say(tx: Transaction, of: str, which: str, new: Place) -> None:
    """Writes down where an incident belongs from now on."""
    number = len(await places(tx, of, which)) + 1
    values = {"citizen": new.citizen, "case_id": new.case, "made_by": new.by, "made_at": micros(new.at)}
    await tx.run(_ADD, institution=of, incident=which, number=number, **values)


async def forget(tx: Transaction, of: str, which: str) -> None:
    await tx.run(_FORGET, of=of, which=which)


def _place(row: Row) -> Place:
    return Place(row["citizen"], row["case_id"], row["made_by"], instant(row["made_at"]))
