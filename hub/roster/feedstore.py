"""The secret addresses at which people's calendars fetch their own shifts: in the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Table, Text, and_, bindparam, insert, select, update

from hub.clock import instant, micros
from hub.people.tables import person
from hub.storage.database import Reader, Row, Transaction, metadata

roster_feed = Table(
    "roster_feed",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("roster_feed_by_person", "institution", "person"),
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose shifts an address gives, and in which language; of the address itself only a hash is kept."""

    institution: str
    person: str
    language: str
    made_at: datetime


_THEIRS = (
    roster_feed.c.institution == bindparam("of"),
    roster_feed.c.person == bindparam("who"),
    roster_feed.c.ended_at.is_(None),
)
_KEEP = insert(roster_feed)
_END = update(roster_feed).where(*_THEIRS).values(ended_at=bindparam("at"))
_OF_PERSON = select(roster_feed).where(*_THEIRS)
# Whoever has left is told nothing more, at whatever address.
_BY_TOKEN = (
    select(roster_feed)
    .join(
        person,
        and_(
            person.c.institution == roster_feed.c.institution,
            person.c.id == roster_feed.c.person,
            person.c.retired_at.is_(None),
        ),
    )
    .where(roster_feed.c.token_hash == bindparam("token_hash"), roster_feed.c.ended_at.is_(None))
)


async def keep(tx: Transaction, token_hash: str, new: Feed) -> None:
    await tx.run(
        _KEEP,
        token_hash=token_hash,
        institution=new.institution,
        person=new.person,
        language=new.language,
        made_at=micros(new.made_at),
        ended_at=None,
    )


async def end(tx: Transaction, institution: str, who: str, now: datetime) -> bool:
    """Closes the person's address; False if there was none."""
    return await tx.run(_END, of=institution, who=who, at=micros(now)) > 0


async def of_person(tx: Reader, institution: str, who: str) -> Feed | None:
    row = await tx.row(_OF_PERSON, of=institution, who=who)
    return _feed(row) if row is not None else None


async def by_token(tx: Reader, token_hash: str) -> Feed | None:
    row = await tx.row(_BY_TOKEN, token_hash=token_hash)
    return _feed(row) if row is not None else None


def _feed(row: Row) -> Feed:
    return Feed(row["institution"], row["person"], row["language"], instant(row["made_at"]))
