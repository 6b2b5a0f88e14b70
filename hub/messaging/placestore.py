"""The SQL of our addresses in mailboxes, and of where each leads."""

from sqlalchemy import bindparam, delete, select
from sqlalchemy import insert as plain_insert

from hub.messaging.conversation import Address, Kind
from hub.messaging.mailbox import Place
from hub.messaging.outside import Way
from hub.messaging.tables import mailbox_place
from hub.storage.database import Reader, Row, Transaction

_PLACES = select(mailbox_place).where(mailbox_place.c.institution == bindparam("of")).order_by(mailbox_place.c.id)
_PLACES_OF_ALL = select(mailbox_place).where(mailbox_place.c.way == bindparam("way")).order_by(mailbox_place.c.id)
_PLACE = plain_insert(mailbox_place)
_NO_PLACE = delete(mailbox_place).where(
    mailbox_place.c.institution == bindparam("of"), mailbox_place.c.id == bindparam("which")
)


async def places(tx: Reader, of: str) -> list[Place]:
    """The addresses of an institution."""
    return [_place(row) for row in await tx.rows(_PLACES, of=of)]


async def everywhere(tx: Reader, way: Way) -> list[Place]:
    """The addresses of all institutions that this hub serves."""
    return [_place(row) for row in await tx.rows(_PLACES_OF_ALL, way=way.value)]


async def add_place(tx: Transaction, new: Place) -> None:
    await tx.run(
        _PLACE,
        institution=new.institution,
        id=new.id,
        way=new.way.value,
        number=new.number,
        name=new.name,
        kind=new.to.kind.value,
        who=new.to.who,
        sor=new.sor,
        phone=new.phone,
        kle=new.kle,
        kle_label=new.kle_label,
        kle_version=new.kle_version,
    )


async def drop_place(tx: Transaction, of: str, which: str) -> bool:
    return await tx.run(_NO_PLACE, of=of, which=which) > 0


def _place(row: Row) -> Place:
    return Place(
        row["institution"],
        row["id"],
        Way(row["way"]),
        row["number"],
        row["name"],
        Address(Kind(row["kind"]), row["who"]),
        row["sor"],
        row["phone"],
        row["kle"],
        row["kle_label"],
        row["kle_version"],
    )
