"""Who was told of what, and how far it came: one row a person and subject."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.clock import micros
from hub.delivery.receipts import Progress, Stage
from hub.storage.database import Reader, Row, Transaction, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("told_at", BigInteger, nullable=False),
    Column("received_at", BigInteger),
    Column("shown_at", BigInteger),
    Column("failed_at", BigInteger),
    sqlite_with_rowid=False,
)

_OF = (delivery.c.institution == bindparam("of"), delivery.c.subject == bindparam("about"))
_TELL = upsert(delivery).on_conflict_do_nothing()
_ALL = select(
    delivery.c.recipient, delivery.c.told_at, delivery.c.received_at, delivery.c.shown_at, delivery.c.failed_at
).where(*_OF)
_RECEIVED = (
    update(delivery)
    .where(*_OF, delivery.c.recipient == bindparam("who"), delivery.c.received_at.is_(None))
    .values(received_at=bindparam("at"))
)
_SHOWN = (
    update(delivery)
    .where(*_OF, delivery.c.recipient == bindparam("who"), delivery.c.shown_at.is_(None))
    .values(shown_at=bindparam("at"))
)
_FAILED = (
    update(delivery)
    .where(*_OF, delivery.c.recipient == bindparam("who"), delivery.c.failed_at.is_(None))
    .values(failed_at=bindparam("at"))
)
_MARK = {Stage.RECEIVED: _RECEIVED, Stage.SHOWN: _SHOWN, Stage.FAILED: _FAILED}
_ONE = select(delivery.c.recipient).where(*_OF, delivery.c.recipient == bindparam("who"))


async def tell(tx: Transaction, institution: str, subject: str, recipients: Sequence[str], now: datetime) -> None:
    """Writes down that each of `recipients` is being told of `subject`; who was told before keeps the first time."""
    told_at = micros(now)
    await tx.run_many(
        _TELL,
        [
            {
                "institution": institution,
                "subject": subject,
                "recipient": who,
                "told_at": told_at,
                "received_at": None,
                "shown_at": None,
                "failed_at": None,
            }
            for who in recipients
        ],
    )


async def mark(tx: Transaction, institution: str, subject: str, who: str, stage: Stage, now: datetime) -> bool:
    """Writes down the first time a stage was reached; False when it was reached before or `who` was never told."""
    return await tx.run(_MARK[stage], of=institution, about=subject, who=who, at=micros(now)) > 0


async def was_told(tx: Reader, institution: str, subject: str, who: str) -> bool:
    return await tx.row(_ONE, of=institution, about=subject, who=who) is not None


async def progress(tx: Reader, institution: str, subject: str) -> list[Progress]:
    """How far each recipient's copy has come."""
    return [_progress(row) for row in await tx.rows(_ALL, of=institution, about=subject)]


def _progress(row: Row) -> Progress:
    if row["shown_at"] is not None:
        stage = Stage.SHOWN
    elif row["received_at"] is not None:
        stage = Stage.RECEIVED
    elif row["failed_at"] is not None:
        stage = Stage.FAILED
    else:
        stage = Stage.SENT
    return Progress(row["recipient"], stage)
