"""An institution's own clocks of the law: the text of its file, in the database."""

from sqlalchemy import Column, Table, Text, bindparam, select

from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

law_clocks = Table(
    "law_clocks",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

_ONE = select(law_clocks.c.text).where(law_clocks.c.institution == bindparam("of"))
_KEEP = insert(law_clocks)
_KEEP = _KEEP.on_conflict_do_update(index_elements=["institution"], set_={"text": _KEEP.excluded.text})


async def own_clocks(tx: Reader, institution: str) -> str | None:
    """The text of the institution's own clocks, if it has any."""
    row = await tx.row(_ONE, of=institution)
    return str(row["text"]) if row is not None else None


async def keep_clocks(tx: Transaction, institution: str, text: str) -> None:
    await tx.run(_KEEP, institution=institution, text=text)
