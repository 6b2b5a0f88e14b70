"""The table of one-time codes and its SQL."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Table, Text, bindparam, delete, insert, select, update

from hub.clock import instant, micros
from hub.people.enrolment import Enrolment, Purpose
from hub.people.site import DeviceKind
from hub.storage.database import Reader, Row, Transaction, metadata

KEPT = timedelta(days=30)

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("institution", Text),
    Column("purpose", Text, nullable=False),
    Column("kind", Text),
    Column("person", Text),
    Column("place", Text),
    Column("name", Text),
    Column("unit", Text),
    Column("until", BigInteger),
    Column("made_by", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("became", Text),
)

_ONE = select(enrolment).where(enrolment.c.id == bindparam("which"))
_WAITING = (
    select(enrolment)
    .where(
        enrolment.c.institution == bindparam("of"),
        enrolment.c.used_at.is_(None),
        enrolment.c.expires_at > bindparam("now"),
    )
    .order_by(enrolment.c.made_at.desc())
)
_ADD = insert(enrolment)
_USE = (
    update(enrolment)
    .where(
        enrolment.c.id == bindparam("which"), enrolment.c.used_at.is_(None), enrolment.c.expires_at > bindparam("now")
    )
    .values(used_at=bindparam("now"), became=bindparam("what"))
)
_FORGET = delete(enrolment).where(enrolment.c.expires_at < bindparam("before"))
_CALL_BACK = (
    update(enrolment)
    .where(
        enrolment.c.institution == bindparam("of"),
        enrolment.c.person == bindparam("who"),
        enrolment.c.used_at.is_(None),
        enrolment.c.expires_at > bindparam("now"),
    )
    .values(expires_at=bindparam("now"))
)


async def find(tx: Reader, which: str) -> Enrolment | None:
    row = await tx.row(_ONE, which=which)
    return _enrolment(row) if row is not None else None


async def waiting(tx: Reader, of: str, now: datetime) -> list[Enrolment]:
    """The institution's codes that can still be used, the newest first."""
    return [_enrolment(row) for row in await tx.rows(_WAITING, of=of, now=micros(now))]


async def add(tx: Transaction, new: Enrolment) -> None:
    """Writes a new code down, and forgets those that are long over."""
    await tx.run(_FORGET, before=micros(new.made_at - KEPT))
    await tx.run(
        _ADD,
        id=new.id,
        institution=new.institution,
        purpose=new.purpose.value,
        kind=new.kind.value if new.kind is not None else None,
        person=new.person,
        place=new.place,
        name=new.name,
        unit=new.unit,
        until=micros(new.until) if new.until is not None else None,
        made_by=new.made_by,
        made_at=micros(new.made_at),
        expires_at=micros(new.expires_at),
        used_at=None,
        became=None,
    )


async def use(tx: Transaction, which: str, became: str, now: datetime) -> bool:
    """Marks a code as used; False if it cannot be used any more."""
    return await tx.run(_USE, which=which, what=became, now=micros(now)) > 0


async def call_back(tx: Transaction, of: str, who: str, now: datetime) -> None:
    """Lets no code of this person's be used any more."""
    await tx.run(_CALL_BACK, of=of, who=who, now=micros(now))


def _enrolment(row: Row) -> Enrolment:
    return Enrolment(
        id=row["id"],
        institution=row["institution"],
        purpose=Purpose(row["purpose"]),
        kind=DeviceKind(row["kind"]) if row["kind"] is not None else None,
        person=row["person"],
        place=row["place"],
        name=row["name"],
        unit=row["unit"],
        until=instant(row["until"]) if row["until"] is not None else None,
        made_by=row["made_by"],
        made_at=instant(row["made_at"]),
        expires_at=instant(row["expires_at"]),
        used_at=instant(row["used_at"]) if row["used_at"] is not None else None,
        became=row["became"],
    )
