"""The SQL of what is under way: found by the name that it was handed over under, or because nobody sent it yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, union

from hub.cases.registerstore import case_record, case_version
from hub.clock import instant
from hub.ports import Trouble
from hub.storage.both import BATCH, in_batches
from hub.storage.database import Reader, Row
from hub.storage.outbox import CASES, outbox

_NAMED = union(
    *(
        select(table.c.institution, table.c.id).where(table.c.sent_as == bindparam("name"))
        # A hub of the version before names its newest versions only.
        for table in (case_version, case_record)
    )
)
_UNSENT = select(case_record.c.id, case_record.c.version).where(
    case_record.c.institution == bindparam("of"),
    case_record.c.target == bindparam("to"),
    case_record.c.answer.is_(None),
    case_record.c.waits == 0,
)


# Of each record the newest version that is under way.
_UNDER_WAY = (
    select(outbox.c.subject, outbox.c.round, outbox.c.due_at, outbox.c.attempts, outbox.c.detail)
    .where(outbox.c.institution == bindparam("of"), outbox.c.subject.in_(BATCH), outbox.c.done_at.is_(None))
    .order_by(outbox.c.round)
)


@dataclass(frozen=True, slots=True)
class Underway:
    """How a version fares on its way."""

    version: int
    next_at: datetime
    attempts: int
    trouble: Trouble | None
    """What kept it the last time; None where nothing has."""
    detail: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """A version that waits, and that nothing keeps any more."""

    record: str
    version: int


async def named(tx: Reader, name: str) -> tuple[str, str] | None:
    """The institution and the record of which a version was handed over under this name."""
    row = await tx.row(_NAMED, name=name)
    return (row["institution"], row["id"]) if row is not None else None


async def unsent(tx: Reader, of: str, target: str) -> list[Unsent]:
    """What an institution would send there and nobody has answered."""
    return [Unsent(row["id"], row["version"]) for row in await tx.rows(_UNSENT, of=of, to=target)]


async def under_way(tx: Reader, of: str, records: Sequence[str]) -> dict[str, Underway]:
    """How those of an institution's records fare that are on their way."""
    about = [f"{CASES}{one}" for one in records]
    rows = [row for some in in_batches(about) for row in await tx.rows(_UNDER_WAY, of=of, **some)]
    return {row["subject"].removeprefix(CASES): _underway(row) for row in rows}


def _underway(row: Row) -> Underway:
    kind, _, detail = (row["detail"] or "").partition(": ")
    trouble = Trouble(kind) if kind in list(Trouble) else None
    return Underway(row["round"], instant(row["due_at"]), row["attempts"], trouble, detail if trouble else "")
