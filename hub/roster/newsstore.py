"""What people are still to be told of their shifts, and what each wants to be told: in the database."""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Table, Text, bindparam, delete, select
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.roster.news import Kind, News, Wants
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

shift_news = Table(
    "shift_news",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
)
shift_telling = Table(
    "shift_telling",
    metadata,
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("minutes", Integer),
    Column("changes", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "person"),
)

_ADD = plain_insert(shift_news)
_WAITING = select(shift_news).order_by(shift_news.c.institution, shift_news.c.id)
_WAITING_HERE = _WAITING.where(shift_news.c.institution == bindparam("of"))
_TOLD = delete(shift_news).where(shift_news.c.institution == bindparam("of"), shift_news.c.id == bindparam("which"))
_CHOOSE = insert(shift_telling)
_CHOOSE = _CHOOSE.on_conflict_do_update(
    index_elements=["institution", "person"],
    set_={"minutes": _CHOOSE.excluded.minutes, "changes": _CHOOSE.excluded.changes},
)
_CHOSEN = select(shift_telling).where(shift_telling.c.institution == bindparam("of"))
_REMINDED = select(shift_telling).where(shift_telling.c.minutes.is_not(None))


async def add(tx: Transaction, news: Sequence[News]) -> None:
    """Keeps what people are to be told, until a hub that has channels tells it."""
    rows = [
        {
            "institution": one.institution,
            "id": one.id,
            "person": one.person,
            "kind": one.kind.value,
            "facts": orjson.dumps(dict(one.facts)).decode(),
            "at": micros(one.at),
        }
        for one in news
    ]
    await tx.run_many(_ADD, rows)
    for one in news[:1]:
        tx.announce(one)


async def waiting(tx: Reader, institution: str | None = None) -> list[News]:
    """What nobody has told yet, everywhere or here, the oldest first."""
    rows = await (tx.rows(_WAITING) if institution is None else tx.rows(_WAITING_HERE, of=institution))
    return [
        News(
            row["institution"], row["id"], row["person"], Kind(row["kind"]), orjson.loads(row["facts"]),
            instant(row["at"]),
        )
        for row in rows
    ]  # fmt: skip


async def told(tx: Transaction, news: Collection[News]) -> None:
    for one in news:
        await tx.run(_TOLD, of=one.institution, which=one.id)


async def choose(tx: Transaction, institution: str, person: str, wants: Wants) -> None:
    await tx.run(_CHOOSE, institution=institution, person=person, minutes=wants.minutes, changes=int(wants.changes))


async def chosen(tx: Reader, institution: str) -> dict[str, Wants]:
    """What those want to be told who have said so."""
    rows = await tx.rows(_CHOSEN, of=institution)
    return {row["person"]: Wants(row["minutes"], bool(row["changes"])) for row in rows}


async def reminded(tx: Reader) -> dict[str, dict[str, int]]:
    """Who wants to be told so many minutes before each shift, in each institution."""
    found: dict[str, dict[str, int]] = {}
    for row in await tx.rows(_REMINDED):
        found.setdefault(row["institution"], {})[row["person"]] = row["minutes"]
    return found
