"""The SQL of retention: what is held, what the archive has, an institution's own rules, and what is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    tuple_,
    update,
)

from hub.clock import instant, micros
from hub.incidents.incident import State
from hub.incidents.paper import FACTS, Paper
from hub.incidents.retention import Ground, Other
from hub.incidents.sealing import Seal, bound_to
from hub.incidents.tables import (
    incident,
    incident_alarm,
    incident_draft,
    incident_person,
    incident_remark,
    incident_said,
    incident_task,
    incident_trace,
)
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata
from hub.storage.journal import journal
from hub.storage.ownfile import OwnFile

SEARCHED = "incident_searched"

# Each by its row in the journal, beside which the reason lies sealed; a conversation by what the journal calls it.
incident_hold = Table(
    "incident_hold",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("ground", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("lifted_seq", BigInteger),
    PrimaryKeyConstraint("institution", "incident", "seq"),
)
incident_handed = Table(
    "incident_handed",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("paper", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "incident", "paper"),
)

OWN_RULES = OwnFile("retention_rules")
_HOLDS = (
    select(incident_hold)
    .where(incident_hold.c.institution == bindparam("of"), incident_hold.c.lifted_seq.is_(None))
    .order_by(incident_hold.c.made_at, incident_hold.c.seq)
)
_HOLDS_OF = _HOLDS.where(incident_hold.c.incident == bindparam("which"))
_HOLD = insert(incident_hold)
_LIFT = (
    update(incident_hold)
    .where(
        incident_hold.c.institution == bindparam("of"),
        incident_hold.c.incident == bindparam("which"),
        incident_hold.c.seq == bindparam("hold"),
        incident_hold.c.lifted_seq.is_(None),
    )
    .values(lifted_seq=bindparam("by_row"))
)
_HANDED = select(incident_handed.c.paper).where(
    incident_handed.c.institution == bindparam("of"), incident_handed.c.incident == bindparam("which")
)
_HAND = insert(incident_handed).on_conflict_do_nothing()
_OLD = (
    select(incident.c.id, incident.c.happened_at)
    .where(
        incident.c.institution == bindparam("of"),
        incident.c.happened_at <= bindparam("until"),
        tuple_(incident.c.happened_at, incident.c.id) > tuple_(bindparam("at"), bindparam("after")),
    )
    .order_by(incident.c.happened_at, incident.c.id)
    .limit(bindparam("most"))
)
_OPEN_SINCE = select(func.count().label("n")).where(
    incident.c.institution == bindparam("of"),
    incident.c.state == State.NOTED.value,
    incident.c.joined_to.is_(None),
    incident.c.happened_at <= bindparam("until"),
)
_SAID = select(incident_said).where(
    incident_said.c.institution == bindparam("of"), incident_said.c.incident == bindparam("which")
)
_REMARKS = (
    select(incident_remark.c.seq)
    .join(
        journal,
        (journal.c.institution == incident_remark.c.institution) & (journal.c.seq == incident_remark.c.seq),
    )
    .where(
        incident_remark.c.institution == bindparam("of"),
        journal.c.event == SEARCHED,
        journal.c.at <= bindparam("until"),
    )
    .order_by(incident_remark.c.seq)
    .limit(bindparam("most"))
)
_FORGET_REMARK = delete(incident_remark).where(
    incident_remark.c.institution == bindparam("of"), incident_remark.c.seq == bindparam("which")
)
_OLD_DRAFTS = delete(incident_draft).where(
    incident_draft.c.institution == bindparam("of"), incident_draft.c.at <= bindparam("until")
)
_DRAFTS_OF = delete(incident_draft).where(
    incident_draft.c.institution == bindparam("of"), incident_draft.c.what == bindparam("about")
)
_OF_PAPER = tuple(
    delete(table).where(
        table.c.institution == bindparam("of"),
        table.c.incident == bindparam("which"),
        table.c.paper == bindparam("of_paper"),
    )
    for table in (incident_said, incident_trace, incident_task)
)
# What the list of incidents says of the employee's paper goes with it.
_NO_KINDS = (
    update(incident)
    .where(incident.c.institution == bindparam("of"), incident.c.id == bindparam("which"))
    .values(kinds=0, version=incident.c.version + 1)
)
_OF_NAME = tuple(
    delete(table).where(table.c.institution == bindparam("of"), table.c.incident == bindparam("which"))
    for table in (incident_hold, incident_handed)
)
_REASONS = tuple(
    select(seq.label("seq")).where(
        seq.table.c.institution == bindparam("of"), seq.table.c.incident == bindparam("which"), seq.is_not(None)
    )
    for seq in (incident_hold.c.seq, incident_hold.c.lifted_seq, incident_handed.c.seq)
)
_OF_WHOLE = tuple(
    delete(table).where(table.c.institution == bindparam("of"), table.c.incident == bindparam("which"))
    for table in (
        *(incident_said, incident_trace, incident_task, incident_person, incident_alarm),
        *(incident_hold, incident_handed),
    )
)
_THE_WHOLE = delete(incident).where(incident.c.institution == bindparam("of"), incident.c.id == bindparam("which"))


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an incident is held; the reason lies beside its row in the journal."""

    incident: str
    seq: int
    ground: Ground
    by: str
    at: datetime


async def holds(tx: Reader, of: str, which: str | None = None) -> list[Hold]:
    """What is held of an institution, or of one incident, the oldest first."""
    found = await (tx.rows(_HOLDS, of=of) if which is None else tx.rows(_HOLDS_OF, of=of, which=which))
    return [_hold(row) for row in found]


async def hold(tx: Transaction, of: str, new: Hold) -> None:
    values = {"institution": of, "incident": new.incident, "seq": new.seq, "ground": new.ground.value}
    await tx.run(_HOLD, **values, made_by=new.by, made_at=micros(new.at), lifted_seq=None)


async def lift(tx: Transaction, of: str, which: str, hold: int, by_row: int) -> bool:
    """Ends a hold; False if somebody else has."""
    return await tx.run(_LIFT, of=of, which=which, hold=hold, by_row=by_row) > 0


async def handed(tx: Reader, of: str, which: str) -> frozenset[str]:
    """The papers that the archive has."""
    return frozenset(row["paper"] for row in await tx.rows(_HANDED, of=of, which=which))


async def hand(tx: Transaction, of: str, which: str, paper: Paper | Other, seq: int) -> None:
    await tx.run(_HAND, institution=of, incident=which, paper=paper.value, seq=seq)


async def old(
    tx: Reader, of: str, until: datetime, after: tuple[datetime, str] | None, most: int
) -> list[tuple[datetime, str]]:
    """The incidents that happened by then, the oldest first, from one of them on."""
    at, which = (micros(after[0]), after[1]) if after is not None else (0, "")
    rows = await tx.rows(_OLD, of=of, until=micros(until), at=at, after=which, most=most)
    return [(instant(row["happened_at"]), row["id"]) for row in rows]


async def open_since(tx: Reader, of: str, until: datetime) -> int:
    """How many records that happened by then are written and not signed."""
    row = await tx.row(_OPEN_SINCE, of=of, until=micros(until))
    return int(row["n"]) if row is not None else 0


async def answers(tx: Reader, seal: Seal, of: str, which: str) -> dict[Paper, dict[str, str]]:
    """The papers that anything is written in, each with the newest of its answers that facts are ticked in."""
    found: dict[Paper, dict[str, str]] = {}
    for row in sorted(await tx.rows(_SAID, of=of, which=which), key=lambda row: int(row["number"])):
        ticked = found.setdefault(Paper(row["paper"]), {})
        if row["question"] in FACTS:
            ticked[row["question"]] = seal.open(row["sealed"], bound_to("said", of, which, row["number"]))
    return found


async def searches(tx: Reader, of: str, until: datetime, most: int) -> list[int]:
    """The rows of the journal by then whose searched words are still kept."""
    return [row["seq"] for row in await tx.rows(_REMARKS, of=of, until=micros(until), most=most)]


async def erase_remarks(tx: Transaction, of: str, seqs: Sequence[int]) -> None:
    await tx.run_many(_FORGET_REMARK, [{"of": of, "which": seq} for seq in seqs])


async def erase_drafts(tx: Transaction, of: str, until: datetime) -> int:
    """Deletes the drafts that nobody has touched since; how many there were."""
    return await tx.run(_OLD_DRAFTS, of=of, until=micros(until))


async def erase_paper(tx: Transaction, of: str, which: str, paper: Paper) -> int:
    """Deletes one paper: its words with their salts, its traces, its tasks and its drafts; how many answers it had."""
    gone = [await tx.run(statement, of=of, which=which, of_paper=paper.value) for statement in _OF_PAPER]
    await tx.run(_DRAFTS_OF, of=of, about=f"{which}/{paper.value}")
    if paper is Paper.WORK:
        await tx.run(_NO_KINDS, of=of, which=which)
    return gone[0]


async def erase_whole(tx: Transaction, of: str, which: str, alarms: Sequence[str], seqs: Sequence[int]) -> None:
    """Deletes all that is left of an incident, and what lies beside those rows of the journal."""
    for statement in (*_OF_WHOLE, _THE_WHOLE):
        await tx.run(statement, of=of, which=which)
    for about in (*alarms, *(f"{which}/{paper.value}" for paper in Paper)):
        await tx.run(_DRAFTS_OF, of=of, about=about)
    await erase_remarks(tx, of, seqs)


async def erase_keeping(tx: Transaction, of: str, name: str) -> None:
    """Deletes what kept a conversation, and the reasons beside those rows of the journal."""
    seqs = [row["seq"] for statement in _REASONS for row in await tx.rows(statement, of=of, which=name)]
    for statement in _OF_NAME:
        await tx.run(statement, of=of, which=name)
    await erase_remarks(tx, of, seqs)


def _hold(row: Row) -> Hold:
    return Hold(row["incident"], row["seq"], Ground(row["ground"]), row["made_by"], instant(row["made_at"]))
