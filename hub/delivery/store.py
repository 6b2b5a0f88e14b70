"""What recipients' own devices have confirmed: one row a person and subject, from the first receipt on."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, select

from hub.clock import micros
from hub.delivery.receipts import Stage
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

receipt = Table(
    "receipt",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("received_at", BigInteger),
    Column("shown_at", BigInteger),
    Column("failed_at", BigInteger),
    sqlite_with_rowid=False,
)

_OF = (receipt.c.institution == bindparam("of"), receipt.c.subject == bindparam("about"))
_ALL = select(receipt.c.recipient, receipt.c.received_at, receipt.c.shown_at, receipt.c.failed_at).where(*_OF)
_COLUMNS = {
    Stage.RECEIVED: receipt.c.received_at,
    Stage.SHOWN: receipt.c.shown_at,
    Stage.FAILED: receipt.c.failed_at,
}
_NEW = insert(receipt)
_MARK = {
    stage: _NEW.on_conflict_do_update(
        index_elements=["institution", "subject", "recipient"],
        set_={column.name: _NEW.excluded[column.name]},
        where=column.is_(None),
    )
    for stage, column in _COLUMNS.items()
}


async def mark(tx: Transaction, institution: str, subject: str, recipient: str, stage: Stage, now: datetime) -> bool:
    """Writes down the first time a stage was reached; False when it was reached before."""
    values = {column.name: micros(now) if one is stage else None for one, column in _COLUMNS.items()}
    written = await tx.run(_MARK[stage], institution=institution, subject=subject, recipient=recipient, **values)
    return written > 0


async def stages(tx: Reader, institution: str, subject: str) -> dict[str, Stage]:
    """The furthest that each recipient's copy is known to have come; who is missing has confirmed nothing."""
    return {row["recipient"]: _stage(row) for row in await tx.rows(_ALL, of=institution, about=subject)}


def _stage(row: Row) -> Stage:
    if row["shown_at"] is not None:
        return Stage.SHOWN
    return Stage.RECEIVED if row["received_at"] is not None else Stage.FAILED
