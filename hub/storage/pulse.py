"""Proof that the disk still takes writes: one row that is written over and over."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, Table, bindparam

from hub.clock import micros
from hub.storage.both import insert
from hub.storage.database import Transaction, metadata

pulse = Table(
    "pulse",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

_BEAT = insert(pulse).values(id=1, at=bindparam("now"))
_BEAT = _BEAT.on_conflict_do_update(index_elements=["id"], set_={"at": _BEAT.excluded.at})


async def beat(tx: Transaction, now: datetime) -> None:
    """Writes the moment down; raises when the disk refuses."""
    await tx.run(_BEAT, now=micros(now))
