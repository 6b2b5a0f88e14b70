"""The journal: what happened, in order and never edited; the audit, the timeline and the reconnect cursor in one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Index, Select, Table, Text, bindparam, func, insert, or_, select, update

from hub.clock import instant, micros
from hub.errors import Conflict
from hub.storage.database import Reader, Row, Transaction, metadata

journal = Table(
    "journal",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject", Text),
    Column("actor", Text),
    Column("facts", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("journal_by_subject", "institution", "subject", "seq"),
    sqlite_with_rowid=False,
)
# The head lets `verify` see that the newest rows were cut off, which a chain alone cannot.
journal_head = Table(
    "journal_head",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    sqlite_with_rowid=False,
)

_INSTITUTION = journal.c.institution == bindparam("institution")
_HEAD = select(journal_head.c.seq, journal_head.c.hash).where(journal_head.c.institution == bindparam("institution"))
_APPEND = insert(journal)
_FIRST_HEAD = insert(journal_head)
_MOVE_HEAD = (
    update(journal_head)
    .where(journal_head.c.institution == bindparam("of"))
    .values(seq=bindparam("seq"), hash=bindparam("hash"))
)
_AFTER = select(journal).where(_INSTITUTION, journal.c.seq > bindparam("seq")).order_by(journal.c.seq)
_AFTER_SOME = _AFTER.limit(bindparam("most"))
_LINKS = (
    select(journal.c.seq, journal.c.hash)
    .where(_INSTITUTION, journal.c.seq > bindparam("seq"), journal.c.seq <= bindparam("until"))
    .order_by(journal.c.seq)
    .limit(bindparam("most"))
)
# Every number is above 0: said, it makes SQLite go by the index of subjects, and not through the whole journal.
_SUBJECT = (
    select(journal)
    .where(_INSTITUTION, journal.c.subject == bindparam("subject"), journal.c.seq > 0)
    .order_by(journal.c.seq)
)
_HEADS = select(journal_head.c.institution, journal_head.c.seq).order_by(journal_head.c.institution)
# Rows that stand without their head are a journal too.
_WRITTEN = select(journal_head.c.institution).union(select(journal.c.institution)).order_by("institution")

_REACHED = (
    select(func.coalesce(func.max(journal.c.seq), 0))
    .where(journal.c.institution == journal_head.c.institution)
    .scalar_subquery()
)
_LAG = select(func.sum(journal_head.c.seq - _REACHED).label("lag"))

# Few enough that hashing them holds the event loop for some 3 ms.
VERIFY_AT_A_TIME = 500
# The row that a restored journal goes on with. Its number is far from any that was given before, so that a cursor from
# then, which may be of rows that were lost, is too old or unheard of, never by chance that of another row.
RESTORED = "restored"
_FAR = 2**32


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, as the journal keeps it: ids and facts, no names and no free text."""

    institution: str
    seq: int
    at: datetime
    event: str
    subject: str | None
    actor: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found in one institution's journal: how many rows stand, and the first that does not."""

    institution: str
    rows: int
    fault: str | None = None
    checkpoints: int = 0
    """How many of those that are signed say what the rows say."""

    @property
    def whole(self) -> bool:
        return self.fault is None


def _chain(previous: str, seq: int, at: int, event: str, subject: str | None, actor: str | None, facts: str) -> str:
    return sha256(orjson.dumps([previous, seq, at, event, subject, actor, facts])).hexdigest()


def _genesis(institution: str) -> str:
    return sha256(institution.encode()).hexdigest()


async def append(
    tx: Transaction,
    institution: str,
    at: datetime,
    event: str,
    subject: str | None = None,
    actor: str | None = None,
    facts: Mapping[str, Any] | None = None,
    leap: int = 1,
) -> Entry:
    """Writes the next row of the institution's journal, chained to the one before it."""
    tx.orders(institution)
    head = await tx.row(_HEAD, institution=institution)
    seq, previous = (head["seq"] + leap, head["hash"]) if head else (leap, _genesis(institution))
    text = orjson.dumps(facts or {}, option=orjson.OPT_SORT_KEYS).decode()
    moment = micros(at)
    link = _chain(previous, seq, moment, event, subject, actor, text)
    await tx.run(
        _APPEND,
        institution=institution,
        seq=seq,
        at=moment,
        event=event,
        subject=subject,
        actor=actor,
        facts=text,
        hash=link,
    )
    if head:
        await tx.run(_MOVE_HEAD, of=institution, seq=seq, hash=link)
    else:
        await tx.run(_FIRST_HEAD, institution=institution, seq=seq, hash=link)
    return Entry(institution, seq, at, event, subject, actor, facts or {})


async def begin_anew(tx: Transaction, institution: str, at: datetime) -> Entry:
    """Begins the journal's next epoch after it was restored: every cursor from before is answered with a snapshot."""
    reached = await cursor(tx, institution)
    # The moment is in it, for the same back-up may be restored twice.
    leap = max(micros(at) - reached, _FAR)
    return await append(tx, institution, at, RESTORED, facts={"reached": reached}, leap=leap)


async def cursor(tx: Reader, institution: str) -> int:
    """The sequence number of the institution's newest row; 0 before the first."""
    head = await tx.row(_HEAD, institution=institution)
    return head["seq"] if head else 0


async def lag(tx: Reader) -> int:
    """How many rows the journals lack at their ends, of those that they once reached."""
    row = await tx.row(_LAG)
    return int(row["lag"] or 0) if row is not None else 0


async def after(tx: Reader, institution: str, seq: int, most: int) -> list[Entry]:
    """The rows after `seq`, oldest first, at most `most`."""
    return [_entry(row) for row in await tx.rows(_AFTER_SOME, institution=institution, seq=seq, most=most)]


async def after_of(tx: Reader, institution: str, seq: int, most: int, of: frozenset[str]) -> list[Entry]:
    """The rows after `seq` that tell of these events, oldest first, at most `most`."""
    return [_entry(row) for row in await tx.rows(_after_of(of), institution=institution, seq=seq, most=most)]


@cache
def _after_of(events: frozenset[str]) -> Select[Any]:
    return _AFTER_SOME.where(or_(*(journal.c.event == event for event in sorted(events))))


async def newest_of(tx: Reader, institution: str, most: int, of: frozenset[str]) -> list[Entry]:
    """The rows that tell of these events, the newest first, at most `most`."""
    return [_entry(row) for row in await tx.rows(_newest_of(of), institution=institution, most=most)]


@cache
def _newest_of(of: frozenset[str]) -> Select[Any]:
    told = or_(*(journal.c.event == event for event in sorted(of)))
    return select(journal).where(_INSTITUTION, told).order_by(journal.c.seq.desc()).limit(bindparam("most"))


async def about(tx: Reader, institution: str, subject: str) -> list[Entry]:
    """All that happened to one subject, oldest first: its timeline."""
    return [_entry(row) for row in await tx.rows(_SUBJECT, institution=institution, subject=subject)]


async def institutions(tx: Reader) -> list[str]:
    return [row["institution"] for row in await tx.rows(_HEADS)]


async def written(tx: Reader) -> list[str]:
    """Every institution that any row is left of."""
    return [row["institution"] for row in await tx.rows(_WRITTEN)]


async def links(tx: Reader, institution: str, seq: int, until: int, most: int) -> list[tuple[int, str]]:
    """The numbers and hashes of the rows after `seq` and up to `until`, at most so many."""
    rows = await tx.rows(_LINKS, institution=institution, seq=seq, until=until, most=most)
    return [(row["seq"], row["hash"]) for row in rows]


async def heads(tx: Reader) -> dict[str, int]:
    """Every institution's newest row."""
    return {row["institution"]: row["seq"] for row in await tx.rows(_HEADS)}


async def lines(tx: Reader, institution: str, seq: int, until: int, most: int) -> list[tuple[int, bytes]]:
    """The rows after `seq` and up to `until` as they are exported: each row's hash, and what it was made of."""
    rows = await tx.rows(_AFTER_SOME, institution=institution, seq=seq, most=most)
    return [(row["seq"], _line(row)) for row in rows if row["seq"] <= until]


async def lines_about(tx: Reader, institution: str, subject: str) -> list[tuple[int, bytes]]:
    """The rows about one subject in the same form."""
    return [(row["seq"], _line(row)) for row in await tx.rows(_SUBJECT, institution=institution, subject=subject)]


async def verify(
    tx: Reader, institution: str, sees: Callable[[int, str], str | None] = lambda _seq, _link: None
) -> Verdict:
    """Follows the whole chain and names the first row that was altered, removed or reordered.

    `sees` is shown each row that the chain holds, and says what else is wrong with it.
    """
    seq, count, previous = 0, 0, _genesis(institution)
    while rows := await tx.rows(_AFTER_SOME, institution=institution, seq=seq, most=VERIFY_AT_A_TIME):
        for index, row in enumerate(rows):
            if row["seq"] != seq + 1 and row["event"] != RESTORED:
                return Verdict(institution, count, f"row {seq + 1} was removed: row {row['seq']} follows row {seq}")
            link = _link(previous, row["seq"], row)
            if link != row["hash"]:
                return Verdict(institution, count, _name_fault(previous, rows[index:]))
            seq, count, previous = row["seq"], count + 1, link
            fault = sees(seq, link)
            if fault is not None:
                return Verdict(institution, count, fault)
    head = await tx.row(_HEAD, institution=institution)
    return Verdict(institution, count, _wrong_at_the_end(head, seq, count, previous))


def _wrong_at_the_end(head: Row | None, seq: int, count: int, previous: str) -> str | None:
    if head is None:
        return f"the journal's head was removed: {count} rows stand without it" if seq > 0 else None
    if head["seq"] != seq:
        return f"row {seq + 1} was removed: the journal once reached row {head['seq']}"
    return f"row {seq} was altered: the journal's head does not match it" if head["hash"] != previous else None


def _link(previous: str, seq: int, row: Row) -> str:
    try:
        return _chain(previous, seq, row["at"], row["event"], row["subject"], row["actor"], row["facts"])
    except TypeError:  # SQLite keeps bytes where text belongs, if that is what somebody put there
        return ""


def _name_fault(previous: str, rows: Sequence[Row]) -> str:
    """Says whether the first of `rows` holds what a later row should hold, or was itself changed."""
    seq = rows[0]["seq"]
    for other in rows[1:]:
        if _link(previous, seq, other) == other["hash"]:
            return f"row {seq} was reordered: what belongs there stands in row {other['seq']}"
    return f"row {seq} was altered"


def _line(row: Row) -> bytes:
    try:
        said = orjson.dumps([row["seq"], row["at"], row["event"], row["subject"], row["actor"], row["facts"]])
    except TypeError:
        raise Conflict(f"Row {row['seq']} was altered: run hub verify-journal.") from None
    return f"{row['hash']} ".encode() + said + b"\n"


def _entry(row: Row) -> Entry:
    return Entry(
        row["institution"],
        row["seq"],
        instant(row["at"]),
        row["event"],
        row["subject"],
        row["actor"],
        orjson.loads(row["facts"]),
    )
