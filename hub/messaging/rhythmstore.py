"""The SQL of a mailbox's rhythm: when something came by it, and what of ours nobody has answered in time."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from hub.clock import instant
from hub.messaging.outside import Way
from hub.messaging.tables import mailbox_came, mailbox_sent
from hub.storage.database import Reader

_TIMES = (
    select(mailbox_came.c.at)
    .where(mailbox_came.c.way == bindparam("way"))
    .order_by(mailbox_came.c.at.desc())
    .limit(bindparam("most"))
)
_GONE_AGAIN = select(func.count().label("n")).where(
    mailbox_sent.c.due_at.is_not(None), mailbox_sent.c.way == bindparam("way"), mailbox_sent.c.sends > 1
)


async def times(tx: Reader, way: Way, most: int) -> list[datetime]:
    """When something came by a mailbox, the newest first."""
    return [instant(row["at"]) for row in await tx.rows(_TIMES, way=way.value, most=most)]


async def gone_again(tx: Reader, way: Way) -> int:
    """How many messages wait for an answer that did not come in time."""
    row = await tx.row(_GONE_AGAIN, way=way.value)
    return int(row["n"]) if row is not None else 0
