"""The SQL of what is under way: found by the name that it was handed over under, or because nobody sent it yet."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from hub.cases.registerstore import case_record
from hub.storage.database import Reader

_NAMED = select(case_record.c.institution, case_record.c.id).where(case_record.c.sent_as == bindparam("name"))
_UNSENT = select(case_record.c.id, case_record.c.version).where(
    case_record.c.institution == bindparam("of"),
    case_record.c.target == bindparam("to"),
    case_record.c.answer.is_(None),
    case_record.c.waits == 0,
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A version that waits, and that nothing keeps any more."""

    record: str
    version: int


async def named(tx: Reader, name: str) -> tuple[str, str] | None:
    """The institution and the record that were handed over under this name."""
    row = await tx.row(_NAMED, name=name)
    return (row["institution"], row["id"]) if row is not None else None


async def unsent(tx: Reader, of: str, target: str) -> list[Unsent]:
    """What an institution would send there and nobody has answered."""
    return [Unsent(row["id"], row["version"]) for row in await tx.rows(_UNSENT, of=of, to=target)]
