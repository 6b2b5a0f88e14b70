"""The SQL of the register's cases: what is known of each, their documents, and what was sent of them before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, bindparam, delete, select

from hub.cases.case import Case, Fact, What
from hub.cases.practice import Area
from hub.clock import instant, micros
from hub.incidents.sealing import Seal
from hub.ports import Progress
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

case_file = Table(
    "case_file",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("unit", Text),
    Column("incident", Text),
    Column("opened_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("case_file_by_time", "institution", "opened_at"),
    Index("case_file_by_incident", "institution", "incident"),
)
# Only ever added to: a case is what its facts say.
case_fact = Table(
    "case_fact",
    metadata,
    Column("institution", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("made_by", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("sealed", Text),
    PrimaryKeyConstraint("institution", "case_id", "number"),
    Index("case_fact_by_about", "institution", "what", "about"),
)
case_document = Table(
    "case_document",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("case_document_by_incident", "institution", "incident"),
)

_OF = case_file.c.institution == bindparam("of")
_FACTS_OF = case_fact.c.institution == bindparam("of")
_ONE = select(case_file).where(_OF, case_file.c.id == bindparam("which"))
_FACTS = select(case_fact).where(_FACTS_OF, case_fact.c.case_id == bindparam("which")).order_by(case_fact.c.number)
_NEWEST = select(case_file.c.id).where(_OF).order_by(case_file.c.opened_at.desc()).limit(bindparam("most"))
_OF_INCIDENT = select(case_file.c.id).where(_OF, case_file.c.incident == bindparam("which"))
_CLOSED = (
    select(case_fact.c.case_id)
    .where(
        _FACTS_OF,
        case_fact.c.what == What.STATE.value,
        case_fact.c.about == Progress.CLOSED.value,
        case_fact.c.since <= bindparam("until"),
    )
    .distinct()
)
_NAMING = select(case_fact.c.case_id).where(
    _FACTS_OF, case_fact.c.what == bindparam("named"), case_fact.c.about == bindparam("whom")
)
_OPEN, _ADD, _KEEP = insert(case_file), insert(case_fact), insert(case_document)
_DROP = delete(case_file).where(_OF, case_file.c.id == bindparam("which"))
_DROP_FACTS = delete(case_fact).where(_FACTS_OF, case_fact.c.case_id == bindparam("which"))
_DOCUMENTS_OF = case_document.c.institution == bindparam("of")
_COLUMNS = [one for one in case_document.c if one.name != "sealed"]
_DOCUMENTS = (
    select(*_COLUMNS)
    .where(_DOCUMENTS_OF, case_document.c.incident == bindparam("which"))
    .order_by(case_document.c.made_at, case_document.c.id)
)
_DOCUMENT = select(case_document).where(_DOCUMENTS_OF, case_document.c.id == bindparam("which"))
_FORGET_DOCUMENTS = delete(case_document).where(
    _DOCUMENTS_OF, case_document.c.incident == bindparam("which"), case_document.c.sort == bindparam("of_sort")
)


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that lies with a record, without what stands in it."""

    id: str
    record: str
    incident: str
    sort: str
    what: str
    """The incident itself, or the report that was prepared from it."""
    sha256: str
    by: str
    at: datetime


async def find(tx: Reader, seal: Seal, of: str, which: str) -> Case | None:
    """One case with all that is known of it, or None."""
    row = await tx.row(_ONE, of=of, which=which)
    if row is None:
        return None
    facts = tuple(_fact(one, seal) for one in await tx.rows(_FACTS, of=of, which=which))
    return Case(of, which, row["number"], Area(row["area"]), row["unit"], row["incident"], facts)


async def newest(tx: Reader, seal: Seal, of: str, most: int) -> list[Case]:
    """The cases of an institution, the newest first."""
    return await _all(tx, seal, of, await tx.rows(_NEWEST, of=of, most=most), "id")


async def of_incident(tx: Reader, seal: Seal, of: str, which: str) -> list[Case]:
    """The cases that an incident has of its own."""
    return await _all(tx, seal, of, await tx.rows(_OF_INCIDENT, of=of, which=which), "id")


async def naming(tx: Reader, seal: Seal, of: str, what: What, whom: str) -> list[Case]:
    """The cases that say this now: those of a citizen, or those that point at another case."""
    found = await _all(tx, seal, of, await tx.rows(_NAMING, of=of, named=what.value, whom=whom), "case_id")
    return [case for case in found if any(fact.about == whom for fact in case.standing(what))]


async def closed(tx: Reader, of: str, until: datetime) -> list[str]:
    """The ids of those that were closed once, by then."""
    return [row["case_id"] for row in await tx.rows(_CLOSED, of=of, until=micros(until))]


async def _all(tx: Reader, seal: Seal, of: str, rows: Sequence[Row], key: str) -> list[Case]:
    ids: Iterable[str] = dict.fromkeys(row[key] for row in rows)
    found = [await find(tx, seal, of, one) for one in ids]
    return [one for one in found if one is not None]


async def open_case(tx: Transaction, one: Case, opened_at: datetime) -> None:
    """Writes down that there is a case; what is known of it follows."""
    values: dict[str, Any] = {"id": one.id, "number": one.number, "area": one.area.value, "unit": one.unit}
    await tx.run(_OPEN, institution=one.institution, **values, incident=one.incident, opened_at=micros(opened_at))


async def add(tx: Transaction, seal: Seal, of: str, which: str, new: Fact) -> None:
    """Writes one more fact of a case down."""
    bound = f"case_fact/{of}/{which}/{new.number}"
    await tx.run(
        _ADD,
        institution=of,
        case_id=which,
        number=new.number,
        what=new.what.value,
        since=micros(new.since),
        made_by=new.by,
        made_at=micros(new.at),
        about=new.about,
        sealed=seal.close(new.words, bound).text if new.words else None,
    )


async def drop(tx: Transaction, of: str, which: str) -> None:
    """Deletes a case with all that was known of it."""
    await tx.run(_DROP_FACTS, of=of, which=which)
    await tx.run(_DROP, of=of, which=which)


async def keep_document(tx: Transaction, seal: Seal, of: str, one: Document, content: str) -> None:
    """Lays a paper with a record, sealed."""
    sealed = seal.close(content, f"case_document/{of}/{one.id}").text
    values = {"id": one.id, "record": one.record, "incident": one.incident, "sort": one.sort, "what": one.what}
    await tx.run(
        _KEEP, institution=of, **values, sha256=one.sha256, made_by=one.by, made_at=micros(one.at), sealed=sealed
    )


async def documents(tx: Reader, of: str, incident: str) -> list[Document]:
    """The papers that lie with an incident's records, the oldest first."""
    return [_document(row) for row in await tx.rows(_DOCUMENTS, of=of, which=incident)]


async def document(tx: Reader, seal: Seal, of: str, which: str) -> tuple[Document, str] | None:
    """One paper and what stands in it, or None."""
    row = await tx.row(_DOCUMENT, of=of, which=which)
    return (_document(row), seal.open(row["sealed"], f"case_document/{of}/{which}")) if row is not None else None


async def forget_documents(tx: Transaction, of: str, incident: str, sort: str) -> int:
    return await tx.run(_FORGET_DOCUMENTS, of=of, which=incident, of_sort=sort)


def _fact(row: Row, seal: Seal) -> Fact:
    bound = f"case_fact/{row['institution']}/{row['case_id']}/{row['number']}"
    words = seal.open(row["sealed"], bound) if row["sealed"] is not None else ""
    since, at = instant(row["since"]), instant(row["made_at"])
    return Fact(row["number"], What(row["what"]), since, row["made_by"], at, row["about"], words)


def _document(row: Row) -> Document:
    return Document(
        row["id"],
        row["record"],
        row["incident"],
        row["sort"],
        row["what"],
        row["sha256"],
        row["made_by"],
        instant(row["made_at"]),
    )
