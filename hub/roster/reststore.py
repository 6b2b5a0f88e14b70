"""An institution's own rest rules, and the breaches that somebody has accepted with a reason: in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text, bindparam, select

from hub.clock import instant, micros
from hub.roster.rest import Breach, RestBook, Rule
from hub.roster.restfile import rest_book
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata
from hub.storage.ownfile import OwnFile

OWN_RULES = OwnFile("rest_rules")
rest_deviation = Table(
    "rest_deviation",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
)

_MICROSECOND = timedelta(microseconds=1)
_DEVIATE = insert(rest_deviation).on_conflict_do_nothing()
_DEVIATIONS = (
    select(rest_deviation)
    .where(rest_deviation.c.institution == bindparam("of"))
    .order_by(rest_deviation.c.ends, rest_deviation.c.id)
)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A breach that somebody has accepted, and why."""

    breach: Breach
    why: str
    made_by: str
    made_at: datetime


async def rules(tx: Reader, of: str) -> RestBook:
    """The rules of rest as an institution has them: its own laid over those of the hub."""
    return rest_book(await OWN_RULES.text(tx, of))


async def deviate(tx: Transaction, institution: str, new: Deviation) -> bool:
    """Keeps why a breach is accepted; False if that is known already."""
    one = new.breach
    return (
        await tx.run(
            _DEVIATE,
            institution=institution,
            id=one.id,
            person=one.person,
            agreement=one.agreement,
            rule=one.rule.value,
            starts=micros(one.starts),
            ends=micros(one.ends),
            found=one.found // _MICROSECOND,
            asked=one.limit // _MICROSECOND,
            why=new.why,
            made_by=new.made_by,
            made_at=micros(new.made_at),
        )
        > 0
    )


async def deviations(tx: Reader, institution: str) -> dict[str, Deviation]:
    """Every breach that was ever accepted, by its id."""
    return {
        row["id"]: Deviation(
            Breach(
                row["person"],
                row["agreement"],
                Rule(row["rule"]),
                instant(row["starts"]),
                instant(row["ends"]),
                row["found"] * _MICROSECOND,
                row["asked"] * _MICROSECOND,
            ),
            row["why"],
            row["made_by"],
            instant(row["made_at"]),
        )
        for row in await tx.rows(_DEVIATIONS, of=institution)
    }
