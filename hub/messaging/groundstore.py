"""An institution's own grounds for sharing: the text of its file, in the database."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Table, Text, bindparam, select

from hub.messaging.groundfile import Ground, GroundBook, ground_book
from hub.people.site import Site
from hub.storage.both import insert
from hub.storage.database import Reader, Transaction, metadata

sharing_grounds = Table(
    "sharing_grounds",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

_ONE = select(sharing_grounds.c.text).where(sharing_grounds.c.institution == bindparam("of"))
_KEEP = insert(sharing_grounds)
_KEEP = _KEEP.on_conflict_do_update(index_elements=["institution"], set_={"text": _KEEP.excluded.text})


async def grounds(tx: Reader, institution: str) -> GroundBook:
    """The grounds of an institution: its own file's over those of the hub."""
    row = await tx.row(_ONE, of=institution)
    return ground_book(str(row["text"]) if row is not None else None)


async def choices(tx: Reader, site: Site, now: datetime) -> dict[str, Ground]:
    """Those that can be chosen in an institution today."""
    there = site.institution
    return (await grounds(tx, there.id)).on(now.astimezone(ZoneInfo(there.timezone)).date())


async def keep_grounds(tx: Transaction, institution: str, text: str) -> None:
    await tx.run(_KEEP, institution=institution, text=text)
