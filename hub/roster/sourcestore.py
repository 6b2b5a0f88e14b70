"""Where rosters come from, and when each was last heard: in the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Table, Text, bindparam, delete, select, update

from hub.clock import instant, micros
from hub.storage.both import insert, partial_index
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.vault import Vault

roster_source = Table(
    "roster_source",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("every", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("tried_at", BigInteger),
    Column("told_at", BigInteger),
    Column("digest", Text),
    Column("trouble", Text),
    partial_index("roster_source_due", "due_at", where="due_at IS NOT NULL"),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Source:
    """One place that rosters come from; its settings hold addresses and keys, which are sealed in the database."""

    institution: str
    id: str
    kind: str
    settings: Mapping[str, Any] = field(repr=False)
    every: timedelta = timedelta()
    """Between two looks; nothing for one that is imported by hand only."""
    due_at: datetime | None = None
    tried_at: datetime | None = None
    told_at: datetime | None = None
    digest: str | None = None
    trouble: str | None = None


_KEY = (roster_source.c.institution == bindparam("of"), roster_source.c.id == bindparam("which"))
_ALL = select(roster_source).where(roster_source.c.institution == bindparam("of")).order_by(roster_source.c.id)
_EVERY = select(roster_source).order_by(roster_source.c.institution, roster_source.c.id)
_ONE = select(roster_source).where(*_KEY)
_KEEP = insert(roster_source).on_conflict_do_update(
    index_elements=["institution", "id"],
    set_={name: insert(roster_source).excluded[name] for name in ("kind", "sealed", "every", "due_at", "digest")},
)
_FORGET = delete(roster_source).where(*_KEY)
_DUE = select(roster_source).where(roster_source.c.due_at <= bindparam("now")).order_by(roster_source.c.due_at)
_NEXT_DUE = (
    select(roster_source.c.due_at).where(roster_source.c.due_at.is_not(None)).order_by(roster_source.c.due_at).limit(1)
)
# Of several hubs that see the same moment come, one looks.
_CLAIM = (
    update(roster_source)
    .where(*_KEY, roster_source.c.due_at == bindparam("seen"))
    .values(due_at=bindparam("next_at"), tried_at=bindparam("now"))
)
_TOLD = (
    update(roster_source)
    .where(*_KEY)
    .values(told_at=bindparam("now"), tried_at=bindparam("now"), digest=bindparam("sum"), trouble=None)
)
_FAILED = update(roster_source).where(*_KEY).values(tried_at=bindparam("now"), trouble=bindparam("why"))


async def keep(tx: Transaction, vault: Vault, source: Source) -> None:
    """Writes a source down, or its new settings over the old; when it was last heard stays known."""
    await tx.run(
        _KEEP,
        institution=source.institution,
        id=source.id,
        kind=source.kind,
        sealed=vault.seal(orjson.dumps(source.settings), _bound(source.institution, source.id)),
        every=source.every // timedelta(microseconds=1),
        due_at=_micros(source.due_at),
        tried_at=None,
        told_at=None,
        digest=None,
        trouble=None,
    )


async def forget(tx: Transaction, institution: str, which: str) -> bool:
    return await tx.run(_FORGET, of=institution, which=which) > 0


async def all_of(tx: Reader, vault: Vault, institution: str) -> list[Source]:
    """The sources of one institution."""
    return [_source(row, vault) for row in await tx.rows(_ALL, of=institution)]


async def find(tx: Reader, vault: Vault, institution: str, which: str) -> Source | None:
    row = await tx.row(_ONE, of=institution, which=which)
    return _source(row, vault) if row is not None else None


async def due(tx: Reader, vault: Vault, now: datetime) -> list[Source]:
    """Those whose time to be looked at has come, in all institutions."""
    return [_source(row, vault) for row in await tx.rows(_DUE, now=micros(now))]


async def next_due(tx: Reader) -> datetime | None:
    row = await tx.row(_NEXT_DUE)
    return instant(row["due_at"]) if row is not None else None


async def claim(tx: Transaction, source: Source, now: datetime) -> bool:
    """Takes a source that is due for one look; False if another hub was quicker."""
    seen, next_at = _micros(source.due_at), micros(now + source.every)
    return await tx.run(_CLAIM, of=source.institution, which=source.id, seen=seen, next_at=next_at, now=micros(now)) > 0


async def told(tx: Transaction, institution: str, which: str, now: datetime, digest: str | None) -> None:
    """The source has answered, and what it said has been taken."""
    await tx.run(_TOLD, of=institution, which=which, now=micros(now), sum=digest)


async def failed(tx: Transaction, institution: str, which: str, now: datetime, why: str) -> None:
    """The source did not answer, or not with a roster: what it said before stands."""
    await tx.run(_FAILED, of=institution, which=which, now=micros(now), why=why)


async def standing(tx: Reader, institution: str) -> list[Source]:
    """The sources of one institution as everybody who leads may see them: without what is sealed."""
    return [_source(row, None) for row in await tx.rows(_ALL, of=institution)]


async def ages(tx: Reader) -> list[tuple[str, str, timedelta, datetime | None]]:
    """Each source that is looked at by itself: institution, id, how often, and when it was last heard."""
    return [
        (row["institution"], row["id"], timedelta(microseconds=row["every"]), _instant(row["told_at"]))
        for row in await tx.rows(_EVERY)
        if row["every"]
    ]


def _source(row: Row, vault: Vault | None) -> Source:
    bound = _bound(row["institution"], row["id"])
    return Source(
        institution=row["institution"],
        id=row["id"],
        kind=row["kind"],
        settings=orjson.loads(vault.open(row["sealed"], bound)) if vault is not None else {},
        every=timedelta(microseconds=row["every"]),
        due_at=_instant(row["due_at"]),
        tried_at=_instant(row["tried_at"]),
        told_at=_instant(row["told_at"]),
        digest=row["digest"],
        trouble=row["trouble"],
    )


def _bound(institution: str, which: str) -> str:
    return f"roster_source/{institution}/{which}"


def _micros(value: datetime | None) -> int | None:
    return micros(value) if value is not None else None


def _instant(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
