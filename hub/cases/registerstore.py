"""The SQL of what is recorded: entries and each of their versions, sealed, and how far the journals have been read."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    case,
    delete,
    select,
)

from hub.cases.practice import Area, Sort, Target
from hub.cases.practicestore import case_tag
from hub.cases.register import Entry
from hub.clock import instant, micros
from hub.incidents.sealing import Seal
from hub.ports import Answer, CaseParty, CaseRecord, CaseStep, Classed, Form, Progress, Sensitivity, sent_as
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

case_record = Table(
    "case_record",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("answer", Text),
    Column("system", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("sent_as", Text),
    PrimaryKeyConstraint("institution", "id"),
    Index("case_record_by_incident", "institution", "incident"),
    Index("case_record_by_sending", "sent_as"),
    Index("case_record_by_reference", "institution", "reference"),
)
# What was sent, version by version: a newer one takes nothing away of it.
case_version = Table(
    "case_version",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("answer", Text),
    Column("system", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("sent_as", Text),
    PrimaryKeyConstraint("institution", "id", "version"),
    Index("case_version_by_sending", "sent_as"),
)
case_cursor = Table(
    "case_cursor",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

_OF = case_record.c.institution == bindparam("of")
_ONE = select(case_record).where(_OF, case_record.c.id == bindparam("which"))
_OF_INCIDENT = select(case_record).where(_OF, case_record.c.incident == bindparam("which")).order_by(case_record.c.id)
_DONE = case((case_record.c.answer == Answer.ACCEPTED.value, 1), else_=0)
_FIRST = case((_DONE == 1, -case_record.c.since), else_=case_record.c.since)
_LISTED = select(case_record).where(_OF).order_by(_DONE, _FIRST).limit(bindparam("most"))
_KEEP = insert(case_record)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["institution", "id"],
    set_={one.name: _KEEP.excluded[one.name] for one in case_record.c if one.name not in {"institution", "id"}},
)
_OF_SORT = (_OF, case_record.c.incident == bindparam("which"), case_record.c.sort == bindparam("of_sort"))
_IDS = select(case_record.c.id).where(*_OF_SORT)
_FORGET = delete(case_record).where(*_OF_SORT)
_VERSIONS_OF = (case_version.c.institution == bindparam("of"), case_version.c.id == bindparam("which"))
_VERSIONS = select(case_version).where(*_VERSIONS_OF).order_by(case_version.c.version)
_FORGET_VERSIONS = delete(case_version).where(*_VERSIONS_OF)
_KEEP_VERSION = insert(case_version)
_KEEP_VERSION = _KEEP_VERSION.on_conflict_do_update(
    index_elements=["institution", "id", "version"],
    set_={one.name: _KEEP_VERSION.excluded[one.name] for one in case_version.c if not one.primary_key},
)
_FORGET_TAGS = delete(case_tag).where(
    case_tag.c.institution == bindparam("of"),
    case_tag.c.incident == bindparam("which"),
    case_tag.c.sort == bindparam("of_sort"),
)
_CURSORS = select(case_cursor)
_MOVE = insert(case_cursor)
_MOVE = _MOVE.on_conflict_do_update(index_elements=["institution"], set_={"seq": _MOVE.excluded.seq})


async def find(tx: Reader, seal: Seal, of: str, which: str) -> Entry | None:
    """One entry, or None."""
    row = await tx.row(_ONE, of=of, which=which)
    return _entry(row, seal) if row is not None else None


async def of_incident(tx: Reader, seal: Seal, of: str, which: str) -> list[Entry]:
    """What is recorded of an incident."""
    return [_entry(row, seal) for row in await tx.rows(_OF_INCIDENT, of=of, which=which)]


async def listed(tx: Reader, seal: Seal, of: str, most: int) -> list[Entry]:
    """The entries of an institution: what somebody or something waits for, the longest first, then the newest done."""
    return [_entry(row, seal) for row in await tx.rows(_LISTED, of=of, most=most)]


async def versions(tx: Reader, seal: Seal, one: Entry) -> list[Entry]:
    """All that an entry has been, the first version first."""
    rows = await tx.rows(_VERSIONS, of=one.institution, which=one.record.id)
    return [_version(row, seal, one) for row in rows]


async def keep(tx: Transaction, seal: Seal, one: Entry) -> None:
    """Writes an entry down as it is now; the versions before it stay."""
    now: dict[str, Any] = {
        "incident": one.incident,
        "sort": one.sort.value,
        "area": one.area.value,
        "waits": int(one.waits),
    }
    of, which = one.institution, one.record.id
    await tx.run(_KEEP, **_kept(one), **now, sealed=seal.close(_words(one), _row(of, which)).text)
    await keep_version(tx, seal, one)


async def keep_version(tx: Transaction, seal: Seal, one: Entry) -> None:
    """Writes down what became of a version; if it was replaced, what stands in its place is as it was."""
    bound = _version_row(one.institution, one.record.id, one.version)
    await tx.run(_KEEP_VERSION, **_kept(one), sealed=seal.close(_words(one), bound).text)


def _words(one: Entry) -> str:
    # A refusal's words come from outside: nobody knows whom they name.
    return orjson.dumps([asdict(one.record), one.reason]).decode()


def _kept(one: Entry) -> dict[str, Any]:
    """What is kept of an entry and of each of its versions alike."""
    return {
        "institution": one.institution,
        "id": one.record.id,
        "target": one.target.value,
        "version": one.version,
        "since": micros(one.since),
        "answer": one.answer.value if one.answer is not None else None,
        "system": one.system,
        "reference": one.reference,
        "sent_as": sent_as(one.record.id, one.version),
    }


async def forget(tx: Transaction, of: str, which: str, sort: Sort) -> list[str]:
    """Deletes what is recorded of one sort, when the time of the paper that it is of is over; the ids that it had."""
    gone = [row["id"] for row in await tx.rows(_IDS, of=of, which=which, of_sort=sort.value)]
    for one in gone:
        await tx.run(_FORGET_VERSIONS, of=of, which=one)
    await tx.run(_FORGET_TAGS, of=of, which=which, of_sort=sort.value)
    await tx.run(_FORGET, of=of, which=which, of_sort=sort.value)
    return gone


async def cursors(tx: Reader) -> dict[str, int]:
    """How far each institution's journal has been read for what must be recorded."""
    return {row["institution"]: row["seq"] for row in await tx.rows(_CURSORS)}


async def move_cursor(tx: Transaction, of: str, seq: int) -> None:
    await tx.run(_MOVE, institution=of, seq=seq)


def _row(of: str, which: str) -> str:
    return f"case_record/{of}/{which}"


def _version_row(of: str, which: str, version: int) -> str:
    return f"case_version/{of}/{which}/{version}"


def _version(row: Row, seal: Seal, one: Entry) -> Entry:
    bound = _version_row(one.institution, one.record.id, row["version"])
    record, reason = orjson.loads(seal.open(row["sealed"], bound))
    return replace(
        one,
        target=Target(row["target"]),
        record=_record(record),
        version=row["version"],
        since=instant(row["since"]),
        answer=Answer(row["answer"]) if row["answer"] is not None else None,
        reason=reason,
        system=row["system"],
        reference=row["reference"],
        waits=one.waits and row["version"] == one.version,
    )


def _entry(row: Row, seal: Seal) -> Entry:
    record, reason = orjson.loads(seal.open(row["sealed"], _row(row["institution"], row["id"])))
    return Entry(
        row["institution"],
        row["incident"],
        Sort(row["sort"]),
        Area(row["area"]),
        Target(row["target"]),
        _record(record),
        row["version"],
        instant(row["since"]),
        Answer(row["answer"]) if row["answer"] is not None else None,
        reason,
        row["system"],
        row["reference"],
        bool(row["waits"]),
    )


def _record(said: dict[str, Any]) -> CaseRecord:
    moments = {key: datetime.fromisoformat(said[key]) for key in ("happened_at", "registered_at")}
    made = {
        "form": Form(said["form"]),
        "sensitivity": Sensitivity(said["sensitivity"]),
        "kle": Classed(**said["kle"]),
        "facet": Classed(**said["facet"]),
        "related": tuple(Classed(**one) for one in said["related"]),
        "party": CaseParty(**said["party"]) if said["party"] is not None else None,
        "steps": tuple(
            CaseStep(Progress(one["progress"]), datetime.fromisoformat(one["since"])) for one in said["steps"]
        ),
    }
    return CaseRecord(**said | moments | made)
