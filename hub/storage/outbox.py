"""The outbox: what must still be sent to the world outside, each row with its due time, until it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    func,
    not_,
    or_,
    select,
    text,
    update,
)

from hub.clock import instant, micros
from hub.storage.both import insert, partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

# What begins so is for a case system, and carried by whoever knows cases, not by the post.
CASES = "case:"
# What begins so is a message to a party outside, and carried by whoever knows conversations.
MESSAGES = "message:"
CARRIED_ELSEWHERE = (CASES, MESSAGES)

outbox = Table(
    "outbox",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", BigInteger),
    Column("done_at", BigInteger),
    Column("outcome", Text),
    Column("detail", Text),
    partial_index("outbox_due", "due_at", where="done_at IS NULL"),
    sqlite_with_rowid=False,
)

_KEY = tuple(
    outbox.c[name] == bindparam(f"the_{name}") for name in ("institution", "subject", "recipient", "channel", "round")
)
_UNDONE = text("done_at IS NULL")
_ADD = insert(outbox).on_conflict_do_nothing()
_DUE = (
    select(outbox)
    .where(
        _UNDONE,
        outbox.c.due_at <= bindparam("now"),
        outbox.c.channel == bindparam("by"),
        or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= bindparam("now")),
    )
    .order_by(outbox.c.due_at)
    .limit(bindparam("most"))
    # Hubs that look at the same moment each take other parcels.
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(outbox).where(*_KEY).values(leased_until=bindparam("until"), attempts=outbox.c.attempts + bindparam("one"))
)
_DONE = (
    update(outbox)
    .where(*_KEY, _UNDONE)
    .values(done_at=bindparam("now"), outcome=bindparam("how"), detail=bindparam("why"), leased_until=None)
)
_LATER = update(outbox).where(*_KEY, _UNDONE).values(due_at=bindparam("at"), detail=bindparam("why"), leased_until=None)
_ABOUT = (outbox.c.institution == bindparam("of"), outbox.c.subject == bindparam("about"), _UNDONE)
_DROP = update(outbox).where(*_ABOUT).values(done_at=bindparam("now"), outcome="cancelled", leased_until=None)
_DROP_ONE = _DROP.where(outbox.c.recipient == bindparam("who"))
_ERASE = delete(outbox).where(outbox.c.institution == bindparam("of"), outbox.c.subject == bindparam("about"))
# The other channels that the recipient's turn has not come to yet, in their order.
_OTHERS = (*_ABOUT, outbox.c.recipient == bindparam("who"), outbox.c.channel != bindparam("by"))
_NEXT = (*_OTHERS, outbox.c.due_at > bindparam("now"), outbox.c.attempts == 0)
_FIRST_NEXT = select(outbox.c.due_at, outbox.c.channel).where(*_NEXT).order_by(outbox.c.due_at).limit(1)
_FORWARD = update(outbox).where(*_NEXT).values(due_at=outbox.c.due_at - bindparam("sooner"))
_STILL = select(outbox.c.channel).where(*_KEY, _UNDONE)
# A case system that is away for a day keeps no alarm waiting.
_OURS = not_(or_(*(outbox.c.channel.startswith(one) for one in CARRIED_ELSEWHERE)))
_DUE_NOW = outbox.c.due_at <= bindparam("now")
_WAITING = select(func.count().label("n")).select_from(outbox).where(_UNDONE, _DUE_NOW, _OURS)
_NAMES = select(outbox.c.channel).where(_UNDONE).distinct()
_WAITS = select(outbox.c.channel).where(*_ABOUT, outbox.c.recipient == bindparam("who")).limit(1)
_NEXT_DUE = select(outbox.c.due_at).where(_UNDONE).order_by(outbox.c.due_at).limit(1)
_NEXT_OURS = _NEXT_DUE.where(_OURS)
_NEXT_DUE_AFTER = _NEXT_DUE.where(outbox.c.due_at > bindparam("now"))


@dataclass(frozen=True, slots=True)
class Parcel:
    """One notice to one recipient over one channel; `round` tells a later telling of the same from the first."""

    institution: str
    subject: str
    recipient: str
    channel: str
    round: int
    body: str
    due_at: datetime
    attempts: int = 0

    @property
    def key(self) -> dict[str, object]:
        return {
            "the_institution": self.institution,
            "the_subject": self.subject,
            "the_recipient": self.recipient,
            "the_channel": self.channel,
            "the_round": self.round,
        }


@dataclass(frozen=True, slots=True)
class Posted:
    """Something may be due over a channel sooner than the sender thought."""

    channel: str
    due_at: datetime


async def add(tx: Transaction, parcels: Sequence[Parcel]) -> None:
    """Writes down what must be sent; the same parcel again changes nothing."""
    await tx.run_many(
        _ADD,
        [
            {
                "institution": one.institution,
                "subject": one.subject,
                "recipient": one.recipient,
                "channel": one.channel,
                "round": one.round,
                "body": one.body,
                "due_at": micros(one.due_at),
                "attempts": 0,
                "leased_until": None,
                "done_at": None,
                "outcome": None,
                "detail": None,
            }
            for one in parcels
        ],
    )
    for channel in sorted({one.channel for one in parcels}):
        tx.announce(Posted(channel, min(one.due_at for one in parcels if one.channel == channel)))


async def take(tx: Transaction, channel: str, now: datetime, lease: timedelta, most: int) -> list[Parcel]:
    """Leases what is due over one channel: a sender that dies lets it go again when the lease runs out."""
    parcels = [_parcel(row) for row in await tx.rows(_DUE, now=micros(now), by=channel, most=most)]
    for parcel in parcels:
        await tx.run(_LEASE, **parcel.key, until=micros(now + lease), one=1)
    return parcels


async def done(tx: Transaction, parcel: Parcel, outcome: str, detail: str | None, now: datetime) -> None:
    """Ends one parcel: sent, cancelled, or failed for good."""
    await tx.run(_DONE, **parcel.key, now=micros(now), how=outcome, why=detail)


async def later(tx: Transaction, parcel: Parcel, due_at: datetime, detail: str) -> None:
    """Puts one parcel back for another attempt."""
    await tx.run(_LATER, **parcel.key, at=micros(due_at), why=detail)
    tx.announce(Posted(parcel.channel, due_at))


async def hurry(tx: Transaction, parcel: Parcel, now: datetime) -> None:
    """Makes the recipient's next channel due at once, and those after it sooner by as much; this parcel stays."""
    values = {"of": parcel.institution, "about": parcel.subject, "who": parcel.recipient, "by": parcel.channel}
    first = await tx.row(_FIRST_NEXT, **values, now=micros(now))
    if first is not None:
        await tx.run(_FORWARD, **values, now=micros(now), sooner=first["due_at"] - micros(now))
        tx.announce(Posted(first["channel"], now))


async def drop(tx: Transaction, institution: str, subject: str, now: datetime, recipient: str | None = None) -> int:
    """Cancels what still waits about a subject, for everybody because it is over, or for one who has heard."""
    if recipient is None:
        return await tx.run(_DROP, of=institution, about=subject, now=micros(now))
    return await tx.run(_DROP_ONE, of=institution, about=subject, who=recipient, now=micros(now))


async def erase(tx: Transaction, institution: str, subject: str) -> None:
    """Deletes all that was ever to be sent about a subject."""
    await tx.run(_ERASE, of=institution, about=subject)


async def undone(tx: Reader, parcel: Parcel) -> bool:
    """Whether the parcel is still to be sent: whoever has heard this telling needs it no more, but may the next."""
    return await tx.row(_STILL, **parcel.key) is not None


async def channels(tx: Reader) -> set[str]:
    """The channels that anything waits to go by."""
    return {row["channel"] for row in await tx.rows(_NAMES)}


async def waits(tx: Reader, parcel: Parcel) -> bool:
    """Whether anything about the same subject still waits for the same recipient."""
    row = await tx.row(_WAITS, of=parcel.institution, about=parcel.subject, who=parcel.recipient)
    return row is not None


async def waiting(tx: Reader, now: datetime) -> int:
    """How many parcels of the post are due and not done with."""
    row = await tx.row(_WAITING, now=micros(now))
    return int(row["n"]) if row is not None else 0


async def next_due(tx: Reader) -> datetime | None:
    """The earliest moment that any parcel of the post waits for, leased ones included."""
    row = await tx.row(_NEXT_OURS)
    return instant(row["due_at"]) if row is not None else None


async def next_due_after(tx: Reader, now: datetime) -> datetime | None:
    """The earliest moment to come that any parcel waits for, however many from before it are still on their way."""
    row = await tx.row(_NEXT_DUE_AFTER, now=micros(now))
    return instant(row["due_at"]) if row is not None else None


def _parcel(row: Row) -> Parcel:
    return Parcel(
        row["institution"],
        row["subject"],
        row["recipient"],
        row["channel"],
        row["round"],
        row["body"],
        instant(row["due_at"]),
        row["attempts"],
    )
