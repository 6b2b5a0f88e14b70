"""The files that an institution lays over the hub's own: each sort in a table, as it was written."""

from sqlalchemy import Column, Table, Text, bindparam, select

from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata


class OwnFile:
    """One sort of file, such as the law's clocks."""

    def __init__(self, name: str) -> None:
        self.name = name
        table = Table(
            name, metadata, Column("institution", Text, primary_key=True), Column("text", Text, nullable=False)
        )
        self._read = select(table.c.text).where(table.c.institution == bindparam("of"))
        keep = insert(table)
        self._keep = keep.on_conflict_do_update(index_elements=["institution"], set_={"text": keep.excluded.text})

    async def text(self, tx: Reader, of: str) -> str | None:
        """What stands in the institution's own, if it has one."""
        row = await tx.row(self._read, of=of)
        return str(row["text"]) if row is not None else None

    async def keep(self, tx: Transaction, of: str, text: str) -> None:
        """Makes this the institution's own from now on."""
        await tx.run(self._keep, institution=of, text=text)
