"""The tables of proofs and of units that too few would hear, and their SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, bindparam, delete, func, select, update

from hub.clock import instant, micros
from hub.reach.low import Low
from hub.reach.proof import Asked
from hub.storage.both import insert, partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

proof = Table(
    "proof",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("proven_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
proof_asked = Table(
    "proof_asked",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("starts", BigInteger, primary_key=True),
    Column("id", Text, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("proven_at", BigInteger),
    Index("proof_asked_by_id", "institution", "id", unique=True),
    partial_index("proof_asked_due", "next_at", where="next_at IS NOT NULL"),
    sqlite_with_rowid=False,
)
reach_low = Table(
    "reach_low",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    sqlite_with_rowid=False,
)

_PROVE = insert(proof)
_PROVE = _PROVE.on_conflict_do_update(
    index_elements=["institution", "person", "device", "channel"], set_={"proven_at": _PROVE.excluded.proven_at}
)
_LAST = (
    select(proof.c.person, func.max(proof.c.proven_at).label("proven_at"))
    .where(proof.c.institution == bindparam("of"))
    .group_by(proof.c.person)
)
_PROOFS = (
    select(proof)
    .where(proof.c.institution == bindparam("of"), proof.c.person == bindparam("who"))
    .order_by(proof.c.proven_at.desc())
)
_ASK = insert(proof_asked).on_conflict_do_nothing()
_OF = proof_asked.c.institution == bindparam("of")
_ONE = select(proof_asked).where(_OF, proof_asked.c.id == bindparam("which"))
_DUE = (
    select(proof_asked)
    .where(proof_asked.c.next_at <= bindparam("now"))
    .order_by(proof_asked.c.next_at)
    .limit(bindparam("most"))
)
_OPEN = (
    select(proof_asked)
    .where(
        _OF,
        proof_asked.c.person == bindparam("who"),
        proof_asked.c.proven_at.is_(None),
        proof_asked.c.ends > bindparam("now"),
    )
    .order_by(proof_asked.c.starts.desc())
    .limit(1)
)
_MOVE = (
    update(proof_asked)
    .where(_OF, proof_asked.c.id == bindparam("which"), proof_asked.c.times == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in ("times", "next_at", "proven_at")})
)
_LOWS = select(reach_low)
_BEGIN_LOW = insert(reach_low).on_conflict_do_nothing()
_AS_SEEN = (
    reach_low.c.institution == bindparam("of"),
    reach_low.c.unit == bindparam("which"),
    reach_low.c.since == bindparam("seen_since"),
    reach_low.c.told_at.is_not_distinct_from(bindparam("seen_told_at")),
)
_MOVE_LOW = update(reach_low).where(*_AS_SEEN).values(told_at=bindparam("now_told_at"))
_END_LOW = delete(reach_low).where(*_AS_SEEN)


async def prove(tx: Transaction, institution: str, person: str, device: str, channel: str, now: datetime) -> None:
    """Keeps the last time that the person is known to have heard the device over the channel."""
    await tx.run(_PROVE, institution=institution, person=person, device=device, channel=channel, proven_at=micros(now))


async def last_proofs(tx: Reader, institution: str) -> dict[str, datetime]:
    """The last proof of each person, over whichever device."""
    return {row["person"]: instant(row["proven_at"]) for row in await tx.rows(_LAST, of=institution)}


async def proofs(tx: Reader, institution: str, person: str) -> list[tuple[str, str, datetime]]:
    """One person's last proofs as (device, channel, moment), the newest first."""
    rows = await tx.rows(_PROOFS, of=institution, who=person)
    return [(row["device"], row["channel"], instant(row["proven_at"])) for row in rows]


async def ask(tx: Transaction, new: Sequence[Asked]) -> None:
    """Writes down that these are to be asked; one who has been asked in that shift is not asked anew."""
    await tx.run_many(
        _ASK,
        [
            {
                "institution": one.institution,
                "person": one.person,
                "starts": micros(one.starts),
                "id": one.id,
                "ends": micros(one.ends),
                "times": one.times,
                "next_at": _moment(one.next_at),
                "proven_at": _moment(one.proven_at),
            }
            for one in new
        ],
    )


async def find(tx: Reader, institution: str, which: str) -> Asked | None:
    row = await tx.row(_ONE, of=institution, which=which)
    return _asked(row) if row is not None else None


async def due(tx: Reader, now: datetime, most: int) -> list[Asked]:
    """The tests to be asked for now, the longest overdue first."""
    return [_asked(row) for row in await tx.rows(_DUE, now=micros(now), most=most)]


async def unproven(tx: Reader, institution: str, person: str, now: datetime) -> Asked | None:
    """The test of the person's shift that they have not tapped yet."""
    row = await tx.row(_OPEN, of=institution, who=person, now=micros(now))
    return _asked(row) if row is not None else None


async def move(tx: Transaction, before: Asked, after: Asked) -> bool:
    """Writes the test's next state over the one that was seen; False when somebody else was first."""
    moved = {
        "the_times": after.times,
        "the_next_at": _moment(after.next_at),
        "the_proven_at": _moment(after.proven_at),
    }
    return await tx.run(_MOVE, of=before.institution, which=before.id, seen=before.times, **moved) > 0


async def lows(tx: Reader) -> dict[tuple[str, str], Low]:
    """Every unit that too few would hear, by institution and unit."""
    return {
        (row["institution"], row["unit"]): Low(instant(row["since"]), _instant(row["told_at"]))
        for row in await tx.rows(_LOWS)
    }


async def move_low(tx: Transaction, institution: str, unit: str, before: Low | None, after: Low | None) -> bool:
    """Keeps what is known of the unit's reach, None being nothing; False when another hub was first."""
    if before is None:
        if after is None:
            return True
        new = {"since": micros(after.since), "told_at": _moment(after.told_at)}
        return await tx.run(_BEGIN_LOW, institution=institution, unit=unit, **new) > 0
    seen = {"seen_since": micros(before.since), "seen_told_at": _moment(before.told_at)}
    if after is None:
        return await tx.run(_END_LOW, of=institution, which=unit, **seen) > 0
    return await tx.run(_MOVE_LOW, of=institution, which=unit, **seen, now_told_at=_moment(after.told_at)) > 0


def _asked(row: Row) -> Asked:
    return Asked(
        institution=row["institution"],
        id=row["id"],
        person=row["person"],
        starts=instant(row["starts"]),
        ends=instant(row["ends"]),
        times=row["times"],
        next_at=_instant(row["next_at"]),
        proven_at=_instant(row["proven_at"]),
    )


def _moment(value: datetime | None) -> int | None:
    return micros(value) if value is not None else None


def _instant(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
