"""The SQL of the register's cases: what is known of each, their documents, and what was sent of them before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)

from hub.cases.case import Case, Fact, What
from hub.cases.practice import Area
from hub.clock import instant, micros
from hub.incidents.sealing import Seal
from hub.ports import Progress
from hub.storage.both import BATCH, in_batches, insert
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
    # What lists are asked for, as the facts said it when there were so many of them.
    Column("state", Text),
    Column("kle", Text),
    Column("citizen", Text),
    Column("listed", Integer),
    PrimaryKeyConstraint("institution", "id"),
    Index("case_file_by_time", "institution", "opened_at"),
    Index("case_file_by_incident", "institution", "incident"),
    Index("case_file_by_number", "institution", "number"),
    Index("case_file_by_state", "institution", "state", "opened_at"),
    Index("case_file_by_kle", "institution", "kle", "opened_at"),
    Index("case_file_by_citizen", "institution", "citizen", "opened_at"),
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
_SOME = select(case_file).where(_OF, case_file.c.id.in_(BATCH))
_FACTS_OF_SOME = (
    select(case_fact)
    .where(_FACTS_OF, case_fact.c.case_id.in_(BATCH), case_fact.c.what != What.NOTE.value)
    .order_by(case_fact.c.case_id, case_fact.c.number)
)
_THESE = (case_fact.c.institution == case_file.c.institution, case_fact.c.case_id == case_file.c.id)
_CLOSED_BY = select(case_fact.c.number).where(
    *_THESE,
    case_fact.c.what == What.STATE.value,
    case_fact.c.about == Progress.CLOSED.value,
    case_fact.c.since <= bindparam("until"),
)
_CLOSED = select(case_file.c.id).where(_OF, case_file.c.state == Progress.CLOSED.value, _CLOSED_BY.exists())
_UNLISTED = (
    select(case_file.c.id)
    .where(
        _OF,
        func.coalesce(case_file.c.listed, 0)
        < select(func.max(case_fact.c.number)).where(*_THESE).correlate(case_file).scalar_subquery(),
    )
    .limit(bindparam("most"))
)
_LISTED = ("state", "kle", "citizen", "listed")
_LIST = (
    update(case_file)
    .where(_OF, case_file.c.id == bindparam("which"))
    .values({name: bindparam(f"the_{name}") for name in _LISTED})
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
    return _case(row, [_fact(one, seal) for one in await tx.rows(_FACTS, of=of, which=which)])


async def some(tx: Reader, seal: Seal, of: str, ids: Sequence[str]) -> list[Case]:
    """These cases in this order, without the notes in their journals; those that are no more are left out."""
    found: dict[str, Case] = {}
    for batch in in_batches(list(dict.fromkeys(ids))):
        found |= {one.id: one for one in await told(tx, seal, of, await tx.rows(_SOME, of=of, **batch))}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


async def told(tx: Reader, seal: Seal, of: str, rows: Sequence[Row]) -> list[Case]:
    """The cases of these rows, without the notes in their journals."""
    facts: dict[str, list[Fact]] = {row["id"]: [] for row in rows}
    for batch in in_batches(list(facts)):
        for row in await tx.rows(_FACTS_OF_SOME, of=of, **batch):
            facts[row["case_id"]].append(_fact(row, seal))
    return [_case(row, facts[row["id"]]) for row in rows]


async def naming(tx: Reader, seal: Seal, of: str, what: What, whom: str) -> list[Case]:
    """The cases that say this now: those of a citizen, or those that point at another case."""
    rows = await tx.rows(_NAMING, of=of, named=what.value, whom=whom)
    found = await some(tx, seal, of, [row["case_id"] for row in rows])
    return [case for case in found if any(fact.about == whom for fact in case.standing(what))]


async def closed(tx: Reader, of: str, until: datetime) -> list[str]:
    """The ids of those that are closed, and were by then."""
    return [row["id"] for row in await tx.rows(_CLOSED, of=of, until=micros(until))]


async def unlisted(tx: Reader, of: str, most: int) -> list[str]:
    """Those that lists do not have as they are now: an earlier version of the hub wrote of them."""
    return [row["id"] for row in await tx.rows(_UNLISTED, of=of, most=most)]


async def open_case(tx: Transaction, one: Case, opened_at: datetime) -> None:
    """Writes down that there is a case; what is known of it follows."""
    values: dict[str, Any] = {"id": one.id, "number": one.number, "area": one.area.value, "unit": one.unit}
    values |= {"incident": one.incident, "opened_at": micros(opened_at), **dict.fromkeys(_LISTED)}
    await tx.run(_OPEN, institution=one.institution, **values)


async def add(tx: Transaction, seal: Seal, case: Case) -> None:
    """Writes the newest fact of a case down, and what lists are asked for."""
    of, which, new = case.institution, case.id, case.facts[-1]
    # What it is called elsewhere is found by its mark, for it lies sealed.
    mark = seal.mark(new.words.partition("\n")[2]) if new.what is What.ELSEWHERE else ""
    await tx.run(
        _ADD,
        institution=of,
        case_id=which,
        number=new.number,
        what=new.what.value,
        since=micros(new.since),
        made_by=new.by,
        made_at=micros(new.at),
        about=new.about or mark,
        sealed=seal.close(new.words, f"case_fact/{of}/{which}/{new.number}").text if new.words else None,
    )
    await list_anew(tx, case)


async def list_anew(tx: Transaction, case: Case) -> None:
    """Lets lists have a case as it is now."""
    values = {"state": case.progress.value, "kle": case.kle[0] or None, "citizen": case.citizen, "listed": case.last}
    await tx.run(_LIST, of=case.institution, which=case.id, **{f"the_{name}": values[name] for name in _LISTED})


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


def _case(row: Row, facts: Sequence[Fact]) -> Case:
    of, area = row["institution"], Area(row["area"])
    return Case(of, row["id"], row["number"], area, row["unit"], row["incident"], tuple(facts))


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
