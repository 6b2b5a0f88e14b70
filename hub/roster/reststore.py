"""An institution's own rest rules, and the breaches that somebody has accepted with a reason: in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text, bindparam, select

from hub.clock import instant, micros
from hub.roster.rest import Breach, Rule
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

rest_rules = Table(
    "rest_rules",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
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
_RULES = select(rest_rules.c.text).where(rest_rules.c.institution == bindparam("of"))
_KEEP_RULES = insert(rest_rules)
_KEEP_RULES = _KEEP_RULES.on_conflict_do_update(
    index_elements=["institution"], set_={"text": _KEEP_RULES.excluded.text}
)
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


async def own_rules(tx: Reader, institution: str) -> str | None:
    """The text of the institution's own rules, if it has any."""
    row = await tx.row(_RULES, of=institution)
    return str(row["text"]) if row is not None else None


async def keep_rules(tx: Transaction, institution: str, text: str) -> None:
    await tx.run(_KEEP_RULES, institution=institution, text=text)


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
