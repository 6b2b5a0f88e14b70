"""The table of how far each way out of the house has come with each journal's checkpoints, and its SQL."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, select, update

from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

checkpoint_way = Table(
    "checkpoint_way",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("way", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("trouble", Text),
    Column("since", BigInteger),
)

_ALL = select(checkpoint_way).order_by(checkpoint_way.c.institution, checkpoint_way.c.way)
_BEGIN = insert(checkpoint_way).on_conflict_do_nothing()
_ONE = (checkpoint_way.c.institution == bindparam("of"), checkpoint_way.c.way == bindparam("by"))
# Of several hubs that see the same moment come, one carries.
_CLAIM = update(checkpoint_way).where(*_ONE, checkpoint_way.c.due_at == bindparam("seen"))
_CLAIM = _CLAIM.values(due_at=bindparam("until"))
_TAKEN = (
    update(checkpoint_way)
    .where(*_ONE)
    .values(number=bindparam("which"), due_at=bindparam("now"), attempts=bindparam("none"), trouble=None, since=None)
)
_REFUSED = (
    update(checkpoint_way)
    .where(*_ONE)
    .values(
        due_at=bindparam("at"), attempts=bindparam("tried"), trouble=bindparam("why"), since=bindparam("troubled_since")
    )
)


@dataclass(frozen=True, slots=True)
class Way:
    """One journal's checkpoints on one way out: the newest that was taken, and what is wrong since when."""

    institution: str
    name: str
    number: int
    due_at: datetime
    attempts: int = 0
    trouble: str | None = None
    since: datetime | None = None


async def ways(tx: Reader) -> list[Way]:
    return [_way(row) for row in await tx.rows(_ALL)]


async def begin(tx: Transaction, institution: str, name: str, number: int, now: datetime) -> None:
    """Writes down that this way takes what comes after the checkpoint of that number."""
    await tx.run(
        _BEGIN,
        institution=institution,
        way=name,
        number=number,
        due_at=micros(now),
        attempts=0,
        trouble=None,
        since=None,
    )


async def claim(tx: Transaction, way: Way, until: datetime) -> bool:
    """Takes what is due for one hub, which lets it go again at that moment; False if another was quicker."""
    return await tx.run(_CLAIM, of=way.institution, by=way.name, seen=micros(way.due_at), until=micros(until)) > 0


async def taken(tx: Transaction, way: Way, number: int, now: datetime) -> None:
    await tx.run(_TAKEN, of=way.institution, by=way.name, which=number, now=micros(now), none=0)


async def refused(tx: Transaction, way: Way, why: str, now: datetime, again: timedelta) -> None:
    """It was not taken: it will be tried again, and since when that is so stays known."""
    values = {"tried": way.attempts + 1, "why": why[:500], "troubled_since": micros(way.since or now)}
    await tx.run(_REFUSED, of=way.institution, by=way.name, at=micros(now + again), **values)


async def troubles(tx: Reader, now: datetime, patience: timedelta) -> list[tuple[str, str, int, str]]:
    """The ways that have not taken a checkpoint for so long: institution, way, minutes, and why."""
    return [
        (way.institution, way.name, (now - way.since) // timedelta(minutes=1), way.trouble or "")
        for way in await ways(tx)
        if way.since is not None and now - way.since > patience
    ]


def _way(row: Row) -> Way:
    since = instant(row["since"]) if row["since"] is not None else None
    due, number = instant(row["due_at"]), row["number"]
    return Way(row["institution"], row["way"], number, due, row["attempts"], row["trouble"], since)
