"""The SQL of incidents: one whole, what is written of it, and who is its safety representative."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from hub.alarms.outcome import FalseBecause
from hub.clock import instant, micros
from hub.incidents.incident import Incident, Outcome, Part, Signature, Signer, State
from hub.incidents.paper import Kind, Paper, Said
from hub.incidents.sealing import WORDS, Seal, bound_to
from hub.incidents.tables import (
    incident,
    incident_alarm,
    incident_cursor,
    incident_draft,
    incident_person,
    incident_remark,
    incident_said,
    incident_trace,
    safety_representative,
)
from hub.storage.both import BATCH, in_batches, insert
from hub.storage.database import Reader, Row, Transaction

_OF = incident.c.institution == bindparam("of")
_ONE = select(incident).where(_OF, incident.c.id == bindparam("which"))
_ADD = insert(incident)
_MOVING = (
    "unit", "place", "happened_at", "outcome", "kinds", "state", "version", "leader_by", "leader_at", "safety_by",
    "safety_at", "joined_to", "false_because",
)  # fmt: skip
_CHANGE = (
    update(incident)
    .where(_OF, incident.c.id == bindparam("which"), incident.c.version == bindparam("seen"))
    .values({name: bindparam(f"the_{name}") for name in _MOVING})
)
_ALARMS = (
    select(incident_alarm.c.alarm)
    .where(incident_alarm.c.institution == bindparam("of"), incident_alarm.c.incident == bindparam("which"))
    .order_by(incident_alarm.c.alarm)
)
_OF_ALARM = select(incident_alarm.c.incident).where(
    incident_alarm.c.institution == bindparam("of"), incident_alarm.c.alarm == bindparam("which")
)
_ADD_ALARM = insert(incident_alarm).on_conflict_do_nothing()
_MOVE_ALARM = (
    update(incident_alarm)
    .where(incident_alarm.c.institution == bindparam("of"), incident_alarm.c.alarm == bindparam("which"))
    .values(incident=bindparam("to"))
)
_PEOPLE = (
    select(incident_person.c.person, incident_person.c.part)
    .where(incident_person.c.institution == bindparam("of"), incident_person.c.incident == bindparam("which"))
    .order_by(incident_person.c.person)
)
_PEOPLE_OF = select(incident_person).where(
    incident_person.c.institution == bindparam("of"), incident_person.c.incident.in_(BATCH)
)
_ADD_PERSON = insert(incident_person)
_ADD_PERSON = _ADD_PERSON.on_conflict_do_update(
    index_elements=["institution", "incident", "person"], set_={"part": _ADD_PERSON.excluded.part}
)
_DROP_PERSON = delete(incident_person).where(
    incident_person.c.institution == bindparam("of"),
    incident_person.c.incident == bindparam("which"),
    incident_person.c.person == bindparam("who"),
)
_HERE = (incident_said.c.institution == bindparam("of"), incident_said.c.incident == bindparam("which"))
_SAID = select(incident_said).where(*_HERE).order_by(incident_said.c.number)
_SAID_OF = (
    select(incident_said)
    .where(incident_said.c.institution == bindparam("of"), incident_said.c.incident.in_(BATCH))
    .order_by(incident_said.c.incident, incident_said.c.number)
)
_LAST_SAID = select(func.coalesce(func.max(incident_said.c.number), 0).label("n")).where(*_HERE)
_SAY = insert(incident_said)
_TRACE = insert(incident_trace)
_TRACE = _TRACE.on_conflict_do_update(
    index_elements=["institution", "incident", "paper"],
    set_={f"w{n}": incident_trace.c[f"w{n}"].bitwise_or(_TRACE.excluded[f"w{n}"]) for n in range(WORDS)},
)
_THIS_DRAFT = (
    incident_draft.c.institution == bindparam("of"),
    incident_draft.c.person == bindparam("who"),
    incident_draft.c.what == bindparam("about"),
)
_DRAFT = select(incident_draft).where(*_THIS_DRAFT)
_FORGET_DRAFT = delete(incident_draft).where(*_THIS_DRAFT)
_KEEP_DRAFT = insert(incident_draft)
_KEEP_DRAFT = _KEEP_DRAFT.on_conflict_do_update(
    index_elements=["institution", "person", "what"],
    set_={"at": _KEEP_DRAFT.excluded.at, "sealed": _KEEP_DRAFT.excluded.sealed},
)
_REMARK = insert(incident_remark)
_REMARKS = select(incident_remark.c.sealed).where(
    incident_remark.c.institution == bindparam("of"), incident_remark.c.seq == bindparam("which")
)
_CURSORS = select(incident_cursor)
_MOVE_CURSOR = insert(incident_cursor)
_MOVE_CURSOR = _MOVE_CURSOR.on_conflict_do_update(
    index_elements=["institution"], set_={"seq": _MOVE_CURSOR.excluded.seq}
)
_SAFETY = select(safety_representative.c.person).where(safety_representative.c.institution == bindparam("of"))
_FORGET_SAFETY = delete(safety_representative).where(safety_representative.c.institution == bindparam("of"))
_KEEP_SAFETY = insert(safety_representative)


async def find(tx: Reader, of: str, which: str) -> Incident | None:
    """One incident whole, or None."""
    row = await tx.row(_ONE, of=of, which=which)
    return await whole(tx, row) if row is not None else None


async def of_alarm(tx: Reader, of: str, alarm: str) -> Incident | None:
    """The incident that the alarm belongs to."""
    row = await tx.row(_OF_ALARM, of=of, which=alarm)
    return await find(tx, of, row["incident"]) if row is not None else None


async def whole(tx: Reader, row: Row) -> Incident:
    """An incident from its row, with its alarms and people."""
    key = {"of": row["institution"], "which": row["id"]}
    alarms = tuple(one["alarm"] for one in await tx.rows(_ALARMS, **key))
    people = {one["person"]: Part(one["part"]) for one in await tx.rows(_PEOPLE, **key)}
    return _incident(row, alarms, people)


async def many(tx: Reader, rows: Sequence[Row]) -> list[Incident]:
    """Incidents of one institution from their rows, in the same order, with their people but not their alarms."""
    found: dict[str, dict[str, Part]] = {row["id"]: {} for row in rows}
    for some in in_batches(list(found)):
        for one in await tx.rows(_PEOPLE_OF, of=rows[0]["institution"], **some):
            found[one["incident"]][one["person"]] = Part(one["part"])
    return [_incident(row, (), found[row["id"]]) for row in rows]


def _incident(row: Row, alarms: tuple[str, ...], people: Mapping[str, Part]) -> Incident:
    signers = ((Signer.LEADER, "leader"), (Signer.SAFETY, "safety"))
    return Incident(
        institution=row["institution"],
        id=row["id"],
        happened_at=instant(row["happened_at"]),
        opened_at=instant(row["opened_at"]),
        unit=row["unit"],
        place=row["place"],
        outcome=Outcome(row["outcome"]) if row["outcome"] is not None else None,
        kinds=tuple(kind for n, kind in enumerate(Kind) if row["kinds"] >> n & 1),
        alarms=alarms,
        people=people,
        state=State(row["state"]),
        version=row["version"],
        signatures={
            signer: Signature(row[f"{name}_by"], instant(row[f"{name}_at"]))
            for signer, name in signers
            if row[f"{name}_by"] is not None
        },
        joined_to=row["joined_to"],
        false_because=FalseBecause(row["false_because"]) if row["false_because"] else None,
    )


async def add(tx: Transaction, new: Incident) -> None:
    """Writes a new incident down."""
    values = {"institution": new.institution, "id": new.id, "opened_at": micros(new.opened_at)}
    await tx.run(_ADD, **values, **_moving(new))
    await _belongings(tx, new)


async def change(tx: Transaction, before: Incident, after: Incident) -> bool:
    """Writes the next state over the one that was seen; False when somebody else was first."""
    moving = {f"the_{name}": value for name, value in _moving(after).items()}
    if not await tx.run(_CHANGE, of=before.institution, which=before.id, seen=before.version, **moving):
        return False
    for who in before.people.keys() - after.people.keys():
        await tx.run(_DROP_PERSON, of=before.institution, which=before.id, who=who)
    await _belongings(tx, after)
    return True


async def move_alarm(tx: Transaction, of: str, alarm: str, to: str) -> None:
    """Makes the alarm another incident's."""
    await tx.run(_MOVE_ALARM, of=of, which=alarm, to=to)


async def belongs(tx: Transaction, of: str, alarm: str, which: str) -> None:
    """The alarm's event has this incident, though the alarm itself may still be open."""
    await tx.run(_ADD_ALARM, institution=of, alarm=alarm, incident=which)


async def _belongings(tx: Transaction, one: Incident) -> None:
    key = {"institution": one.institution, "incident": one.id}
    await tx.run_many(_ADD_ALARM, [{**key, "alarm": alarm} for alarm in one.alarms])
    await tx.run_many(_ADD_PERSON, [{**key, "person": who, "part": part.value} for who, part in one.people.items()])


async def said(tx: Reader, seal: Seal, of: str, which: str) -> list[Said]:
    """All that was ever answered, in its order."""
    return [opened(row, seal) for row in await tx.rows(_SAID, of=of, which=which)]


async def said_of(tx: Reader, of: str, which: Sequence[str]) -> dict[str, list[Row]]:
    """All that was ever answered in each of these incidents, sealed as it is."""
    found: dict[str, list[Row]] = {one: [] for one in which}
    for some in in_batches(which):
        for row in await tx.rows(_SAID_OF, of=of, **some):
            found[row["incident"]].append(row)
    return found


def opened(row: Row, seal: Seal) -> Said:
    """An answer from its row."""
    return Said(
        row["number"],
        Paper(row["paper"]),
        row["question"],
        words_of(row, seal),
        row["said_by"],
        instant(row["said_at"]),
    )


def words_of(row: Row, seal: Seal) -> str:
    """What stands in an answer."""
    return seal.open(row["sealed"], bound_to("said", row["institution"], row["incident"], row["number"]))


async def say(
    tx: Transaction, seal: Seal, of: str, which: str, paper: Paper, question: str, value: str, by: str, now: datetime
) -> tuple[int, str]:
    """Adds an answer; gives its number, and the fingerprint that the journal may hold."""
    row = await tx.row(_LAST_SAID, of=of, which=which)
    number = (row["n"] if row is not None else 0) + 1
    sealed = seal.close(value, bound_to("said", of, which, number))
    key = {"institution": of, "incident": which, "paper": paper.value}
    await tx.run(_SAY, **key, number=number, question=question, said_by=by, said_at=micros(now), sealed=sealed.text)
    await tx.run(_TRACE, **key, **{f"w{n}": bits for n, bits in enumerate(seal.traces(value))})
    return number, sealed.fingerprint


async def keep_draft(tx: Transaction, seal: Seal, of: str, who: str, about: str, text: str, now: datetime) -> None:
    sealed = seal.close(text, bound_to("draft", of, who, about)).text
    await tx.run(_KEEP_DRAFT, institution=of, person=who, what=about, at=micros(now), sealed=sealed)


async def draft(tx: Reader, seal: Seal, of: str, who: str, about: str) -> tuple[datetime, str] | None:
    """What the person has begun to write and not saved yet, and when they last did."""
    row = await tx.row(_DRAFT, of=of, who=who, about=about)
    return (instant(row["at"]), seal.open(row["sealed"], bound_to("draft", of, who, about))) if row else None


async def forget_draft(tx: Transaction, of: str, who: str, about: str) -> None:
    await tx.run(_FORGET_DRAFT, of=of, who=who, about=about)


async def remark(tx: Transaction, seal: Seal, of: str, seq: int, text: str) -> None:
    """Keeps beside a row of the journal what may not stand in it."""
    await tx.run(_REMARK, institution=of, seq=seq, sealed=seal.close(text, bound_to("remark", of, seq)).text)


async def remarked(tx: Reader, seal: Seal, of: str, seq: int) -> str | None:
    row = await tx.row(_REMARKS, of=of, which=seq)
    return seal.open(row["sealed"], bound_to("remark", of, seq)) if row is not None else None


async def cursors(tx: Reader) -> dict[str, int]:
    """How far each institution's journal has been read for alarms that are over."""
    return {row["institution"]: row["seq"] for row in await tx.rows(_CURSORS)}


async def move_cursor(tx: Transaction, of: str, seq: int) -> None:
    await tx.run(_MOVE_CURSOR, institution=of, seq=seq)


async def safety(tx: Reader, of: str) -> frozenset[str]:
    """The institution's safety representatives."""
    return frozenset(row["person"] for row in await tx.rows(_SAFETY, of=of))


async def choose_safety(tx: Transaction, of: str, people: Sequence[str]) -> None:
    """Makes these the safety representatives."""
    await tx.run(_FORGET_SAFETY, of=of)
    await tx.run_many(_KEEP_SAFETY, [{"institution": of, "person": who} for who in people])


def mask(kinds: Sequence[Kind]) -> int:
    return sum(1 << n for n, kind in enumerate(Kind) if kind in kinds)


def _moving(one: Incident) -> Mapping[str, Any]:
    leader, safety = (one.signatures.get(signer) for signer in (Signer.LEADER, Signer.SAFETY))
    return {
        "unit": one.unit,
        "place": one.place,
        "happened_at": micros(one.happened_at),
        "outcome": one.outcome.value if one.outcome is not None else None,
        "kinds": mask(one.kinds),
        "state": one.state.value,
        "version": one.version,
        "leader_by": leader.who if leader else None,
        "leader_at": micros(leader.at) if leader else None,
        "safety_by": safety.who if safety else None,
        "safety_at": micros(safety.at) if safety else None,
        "joined_to": one.joined_to,
        "false_because": one.false_because and one.false_because.value,
    }
