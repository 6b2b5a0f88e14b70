"""The SQL of parties outside the house: who they are, on which basis something is shared, and how far it has come."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy import insert as plain_insert

from hub.clock import instant, micros
from hub.messaging.category import OURS, Category
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import Basis, Passage, Passing, Withheld
from hub.messaging.store import bound_to
from hub.messaging.tables import message_onward, outside_party, sharing_basis
from hub.ports import Correspondent
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction
from hub.storage.vault import Vault

_OF = outside_party.c.institution == bindparam("of")
_ALL = select(outside_party).where(_OF)
_ONE = _ALL.where(outside_party.c.id == bindparam("which"))
_REGISTER = plain_insert(outside_party)
_REMOVE = (
    update(outside_party)
    .where(_OF, outside_party.c.id == bindparam("which"), outside_party.c.removed_at.is_(None))
    .values(removed_at=bindparam("now"))
)
_BASES = (
    select(sharing_basis)
    .where(sharing_basis.c.institution == bindparam("of"), sharing_basis.c.conversation == bindparam("which"))
    .order_by(sharing_basis.c.noted_at, sharing_basis.c.id)
)
_NOTE = plain_insert(sharing_basis)
_WITHDRAW = (
    update(sharing_basis)
    .where(
        sharing_basis.c.institution == bindparam("of"),
        sharing_basis.c.conversation == bindparam("which"),
        sharing_basis.c.id == bindparam("basis"),
    )
    .values(withdrawn_at=bindparam("now"), withdrawn_by=bindparam("who"))
)
_PASSAGES = (
    select(message_onward)
    .where(message_onward.c.institution == bindparam("of"), message_onward.c.conversation == bindparam("which"))
    .order_by(message_onward.c.number, message_onward.c.outside)
)
_BY_REFERENCE = select(message_onward.c.conversation, message_onward.c.number, message_onward.c.outside).where(
    message_onward.c.institution == bindparam("of"), message_onward.c.reference == bindparam("said")
)
_PASS = insert(message_onward)
_PASS = _PASS.on_conflict_do_update(
    index_elements=["institution", "conversation", "number", "outside"],
    set_={name: _PASS.excluded[name] for name in ("state", "at", "why", "basis", "reference", "ciphertext")},
)


def _party(of: str, which: str) -> str:
    return f"outside_party/{of}/{which}"


async def register(tx: Transaction, key: Vault, new: Outside) -> None:
    """Writes a new party outside down."""
    known = {name: value for name, value in asdict(new.to).items() if value and name not in ("id", "role")}
    await tx.run(
        _REGISTER,
        institution=new.institution,
        id=new.id,
        role=new.role.value,
        way=new.way.value,
        registered_by=new.registered_by,
        registered_at=micros(new.registered_at),
        ends_at=micros(new.ends_at) if new.ends_at is not None else None,
        removed_at=None,
        sealed=key.seal(orjson.dumps(known), _party(new.institution, new.id)),
    )


async def find(tx: Reader, key: Vault, of: str, which: str) -> Outside | None:
    """One party outside, also one that was removed since; None if there never was one."""
    row = await tx.row(_ONE, of=of, which=which)
    return _outside(key, row) if row is not None else None


async def everybody(tx: Reader, key: Vault, of: str) -> dict[str, Outside]:
    """All parties outside that an institution has ever registered."""
    return {row["id"]: _outside(key, row) for row in await tx.rows(_ALL, of=of)}


async def remove(tx: Transaction, of: str, which: str, now: datetime) -> bool:
    return await tx.run(_REMOVE, of=of, which=which, now=micros(now)) > 0


async def bases(tx: Reader, key: Vault, of: str, which: str) -> list[Basis]:
    """On what a conversation is shared, the oldest first."""
    return [_basis(key, row) for row in await tx.rows(_BASES, of=of, which=which)]


async def note(tx: Transaction, key: Vault, of: str, which: str, new: Basis) -> None:
    """Writes a basis down; what a person wrote in it is sealed with the conversation."""
    said = orjson.dumps([new.covers, new.given_by, new.citizen, *([new.category] if new.category is not OURS else [])])
    await tx.run(
        _NOTE,
        institution=of,
        conversation=which,
        id=new.id,
        ground=new.ground,
        parties=" ".join(new.to),
        since=micros(new.since),
        until=micros(new.until),
        noted_by=new.noted_by,
        noted_at=micros(new.noted_at),
        withdrawn_at=None,
        withdrawn_by=None,
        ciphertext=key.seal(said, bound_to("basis", of, which, new.id)),
    )


async def withdraw(tx: Transaction, of: str, which: str, basis: str, by: str, now: datetime) -> None:
    await tx.run(_WITHDRAW, of=of, which=which, basis=basis, now=micros(now), who=by)


async def passages(tx: Reader, key: Vault, of: str, which: str) -> list[Passage]:
    """How far each message has come to each party outside."""
    return [_passage(key, row) for row in await tx.rows(_PASSAGES, of=of, which=which)]


async def passage_of(tx: Reader, key: Vault, of: str, which: str, number: int, outside: str) -> Passage | None:
    found = await passages(tx, key, of, which)
    return next((one for one in found if (one.number, one.outside) == (number, outside)), None)


async def referred(tx: Reader, of: str, reference: str) -> tuple[str, int, str] | None:
    """The conversation, the number and the party that a service's own reference stands for."""
    row = await tx.row(_BY_REFERENCE, of=of, said=reference)
    return (row["conversation"], row["number"], row["outside"]) if row is not None else None


async def keep(tx: Transaction, key: Vault, of: str, some: Sequence[Passage]) -> None:
    """Writes down how far messages have come."""
    await tx.run_many(
        _PASS,
        [
            {
                "institution": of,
                "conversation": one.conversation,
                "number": one.number,
                "outside": one.outside,
                "state": one.state.value,
                "at": micros(one.at),
                "why": one.why.value if one.why is not None else None,
                "basis": one.basis,
                "reference": one.reference,
                "ciphertext": key.seal(one.detail.encode(), _onward(of, one.conversation, one.number, one.outside)),
            }
            for one in some
        ],
    )


def _onward(of: str, which: str, number: int, outside: str) -> str:
    return bound_to("onward", of, which, number, outside)


def _outside(key: Vault, row: Row) -> Outside:
    known = orjson.loads(key.open(row["sealed"], _party(row["institution"], row["id"])))
    return Outside(
        row["institution"],
        OutsideRole(row["role"]),
        Way(row["way"]),
        Correspondent(row["id"], role=row["role"], **known),
        row["registered_by"],
        instant(row["registered_at"]),
        _instant(row["ends_at"]),
        _instant(row["removed_at"]),
    )


def _basis(key: Vault, row: Row) -> Basis:
    bound = bound_to("basis", row["institution"], row["conversation"], row["id"])
    covers, given_by, citizen, *sorted_under = orjson.loads(key.open(row["ciphertext"], bound))
    return Basis(
        row["id"],
        row["ground"],
        tuple(row["parties"].split()),
        instant(row["since"]),
        instant(row["until"]),
        row["noted_by"],
        instant(row["noted_at"]),
        covers,
        given_by,
        citizen,
        Category(sorted_under[0]) if sorted_under else OURS,
        _instant(row["withdrawn_at"]),
        row["withdrawn_by"],
    )


def _passage(key: Vault, row: Row) -> Passage:
    of, which, number, outside = row["institution"], row["conversation"], row["number"], row["outside"]
    return Passage(
        which,
        number,
        outside,
        Passing(row["state"]),
        instant(row["at"]),
        Withheld(row["why"]) if row["why"] is not None else None,
        row["basis"],
        row["reference"],
        key.open(row["ciphertext"], _onward(of, which, number, outside)).decode(),
    )


def _instant(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
