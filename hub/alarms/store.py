"""The alarm's tables and SQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    select,
    text,
    tuple_,
    update,
)

from hub.alarms.alarm import Alarm, Answer, Said, State
from hub.alarms.outcome import FalseBecause, Outcome
from hub.alarms.trigger import Position
from hub.clock import instant, micros
from hub.delivery import store as receipts
from hub.delivery.receipts import Stage
from hub.storage.both import insert, partial_index
from hub.storage.database import Reader, Row, Transaction, metadata

_OPEN = text("state <> 'resolved'")

alarm = Table(
    "alarm",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("unit", Text),
    Column("place", Text),
    Column("drill", Integer, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("pressed_at", BigInteger),
    Column("note", Text),
    Column("lat", Float),
    Column("lon", Float),
    Column("accuracy_m", Float),
    Column("linked_to", Text),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("told", Text, nullable=False),
    Column("told_at", BigInteger),
    Column("escalates_at", BigInteger),
    Column("watch_until", BigInteger),
    Column("under_duress", Integer, nullable=False),
    Column("outcome", Text),
    Column("resolved_by", Text),
    Column("resolved_at", BigInteger),
    Column("resolved_note", Text),
    Column("lone", Text),
    Column("outside", Integer),
    Column("false_because", Text),
    partial_index("alarm_due", "escalates_at", where="escalates_at IS NOT NULL"),
    partial_index("alarm_open", "institution", "unit", "raised_at", where="state <> 'resolved'"),
    Index("alarm_newest", "institution", "raised_at", "id"),
    sqlite_with_rowid=False,
)
answer = Table(
    "answer",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("alarm", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("said", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

PLACED = ("lat", "lon", "accuracy_m")

_OF = alarm.c.institution == bindparam("of")
_ONE = select(alarm).where(_OF, alarm.c.id == bindparam("which"))
_INSERT = insert(alarm).on_conflict_do_nothing()
_MOVING = (
    "kind", "state", "version", "step", "told", "told_at", "escalates_at", "watch_until", "under_duress", "outcome",
    "false_because", "resolved_by", "resolved_at", "resolved_note",
)  # fmt: skip
_UPDATE = (
    update(alarm)
    .where(_OF, alarm.c.id == bindparam("which"), alarm.c.version == bindparam("seen"))
    .values({name: bindparam(name) for name in _MOVING})
)
_LOCATE = update(alarm).where(_OF, alarm.c.id == bindparam("which")).values({name: bindparam(name) for name in PLACED})
_LINK = (
    select(alarm.c.id, alarm.c.linked_to)
    .where(
        _OF,
        alarm.c.unit == bindparam("in_unit"),
        alarm.c.raised_at >= bindparam("since"),
        alarm.c.drill == bindparam("as_drill"),
        _OPEN,
    )
    .order_by(alarm.c.raised_at)
    .limit(1)
)
_ANSWERS = select(answer.c.person, answer.c.said, answer.c.at).where(
    answer.c.institution == bindparam("of"), answer.c.alarm == bindparam("which")
)
_FORGET_ANSWERS = delete(answer).where(answer.c.institution == bindparam("of"), answer.c.alarm == bindparam("which"))
_KEEP_ANSWER = insert(answer)
_DUE = (
    select(alarm.c.institution, alarm.c.id)
    .where(alarm.c.escalates_at <= bindparam("now"))
    .order_by(alarm.c.escalates_at)
    .limit(bindparam("most"))
)
_NEXT_DUE = (
    select(alarm.c.escalates_at).where(alarm.c.escalates_at.is_not(None)).order_by(alarm.c.escalates_at).limit(1)
)
_ALL_OPEN = select(alarm).where(_OF, _OPEN).order_by(alarm.c.raised_at)
_OPEN_EVERYWHERE = select(alarm.c.institution, alarm.c.id).where(_OPEN).order_by(alarm.c.raised_at)


async def find(tx: Reader, institution: str, which: str) -> Alarm | None:
    """The alarm with its answers and those told, or None."""
    row = await tx.row(_ONE, of=institution, which=which)
    return await _whole(tx, row) if row is not None else None


_TOLD = select(alarm.c.told).where(_OF, alarm.c.id == bindparam("which"))


async def told(tx: Reader, institution: str, which: str) -> Collection[str]:
    """Those who have been told of the alarm; empty if there is none."""
    row = await tx.row(_TOLD, of=institution, which=which)
    return orjson.loads(row["told"]) if row is not None else ()


async def add(tx: Transaction, new: Alarm) -> bool:
    """Writes a new alarm down; False when its id is there already."""
    written = await tx.run(
        _INSERT,
        institution=new.institution,
        id=new.id,
        unit=new.unit,
        place=new.place,
        drill=int(new.drill),
        outside=int(new.outside),
        raised_by=new.raised_by,
        raised_at=micros(new.raised_at),
        pressed_at=_moment(new.pressed_at),
        note=new.note,
        **placed(new.position),
        linked_to=new.linked_to,
        lone=new.lone,
        **_moving(new),
    )
    return written > 0


async def change(tx: Transaction, before: Alarm, after: Alarm) -> bool:
    """Writes the alarm's next state over the one that was seen; False when somebody else was first."""
    written = await tx.run(_UPDATE, of=after.institution, which=after.id, seen=before.version, **_moving(after))
    if written and after.answers != before.answers:
        await tx.run(_FORGET_ANSWERS, of=after.institution, which=after.id)
        await tx.run_many(
            _KEEP_ANSWER,
            [
                {
                    "institution": after.institution,
                    "alarm": after.id,
                    "person": who,
                    "said": said.said.value,
                    "at": micros(said.at),
                }
                for who, said in after.answers.items()
            ],
        )
    return written > 0


async def locate(tx: Transaction, institution: str, which: str, position: Position | None) -> None:
    """Keeps this position of the raiser, or none, in place of the one before."""
    await tx.run(_LOCATE, of=institution, which=which, **placed(position))


def placed(where: Position | None) -> dict[str, float | None]:
    """A position as the columns that hold it."""
    if where is None:
        return dict.fromkeys(PLACED)
    return {"lat": where.lat, "lon": where.lon, "accuracy_m": where.accuracy_m}


async def same_event(tx: Reader, institution: str, unit: str, drill: bool, since: datetime) -> str | None:
    """The first open alarm raised in the unit since then: a press now belongs to the same event."""
    row = await tx.row(_LINK, of=institution, in_unit=unit, since=micros(since), as_drill=int(drill))
    return (row["linked_to"] or row["id"]) if row is not None else None


async def due(tx: Reader, now: datetime, most: int) -> list[tuple[str, str]]:
    """The alarms whose time has come, longest overdue first, as (institution, id)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_DUE, now=micros(now), most=most)]


async def next_due(tx: Reader) -> datetime | None:
    """The earliest moment that any alarm waits for."""
    row = await tx.row(_NEXT_DUE)
    return instant(row["escalates_at"]) if row is not None else None


async def open_alarms(tx: Reader, institution: str) -> list[Alarm]:
    """All that have not had their all clear, oldest first."""
    return [await _whole(tx, row) for row in await tx.rows(_ALL_OPEN, of=institution)]


async def open_everywhere(tx: Reader) -> list[tuple[str, str]]:
    """The open alarms of all institutions, as (institution, id)."""
    return [(row["institution"], row["id"]) for row in await tx.rows(_OPEN_EVERYWHERE)]


async def page(
    tx: Reader, institution: str, only_open: bool, before: tuple[datetime, str] | None, most: int
) -> list[Alarm]:
    """Alarms newest first, those older than `before`; at most `most`."""
    query: Select[Any] = select(alarm).where(_OF)
    values: dict[str, Any] = {"of": institution}
    if only_open:
        query = query.where(_OPEN)
    if before is not None:
        query = query.where(tuple_(alarm.c.raised_at, alarm.c.id) < (micros(before[0]), before[1]))
    query = query.order_by(alarm.c.raised_at.desc(), alarm.c.id.desc()).limit(most)
    return [await _whole(tx, row) for row in await tx.rows(query, **values)]


async def _whole(tx: Reader, row: Row) -> Alarm:
    of, which = row["institution"], row["id"]
    answers = {
        one["person"]: Answer(Said(one["said"]), instant(one["at"]))
        for one in await tx.rows(_ANSWERS, of=of, which=which)
    }
    stages = await receipts.stages(tx, of, which)
    told = {who: stages.get(who, Stage.SENT) for who in orjson.loads(row["told"])}
    return _alarm(row, answers, told)


def _alarm(row: Row, answers: Mapping[str, Answer], told: Mapping[str, Stage]) -> Alarm:
    return Alarm(
        id=row["id"],
        institution=row["institution"],
        kind=row["kind"],
        raised_by=row["raised_by"],
        raised_at=instant(row["raised_at"]),
        unit=row["unit"],
        place=row["place"],
        drill=bool(row["drill"]),
        outside=bool(row["outside"]),
        pressed_at=_instant(row["pressed_at"]),
        note=row["note"],
        position=Position(row["lat"], row["lon"], row["accuracy_m"]) if row["lat"] is not None else None,
        linked_to=row["linked_to"],
        lone=row["lone"],
        state=State(row["state"]),
        version=row["version"],
        step=row["step"],
        told_at=_instant(row["told_at"]),
        escalates_at=_instant(row["escalates_at"]),
        watch_until=_instant(row["watch_until"]),
        told=told,
        answers=answers,
        under_duress=bool(row["under_duress"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        false_because=FalseBecause(row["false_because"]) if row["false_because"] else None,
        resolved_by=row["resolved_by"],
        resolved_at=_instant(row["resolved_at"]),
        resolved_note=row["resolved_note"],
    )


def _moving(one: Alarm) -> dict[str, Any]:
    """The columns that change over an alarm's life."""
    return {
        "kind": one.kind,
        "state": one.state.value,
        "version": one.version,
        "step": one.step,
        "told": orjson.dumps(list(one.told)).decode(),
        "told_at": _moment(one.told_at),
        "escalates_at": _moment(one.escalates_at),
        "watch_until": _moment(one.watch_until),
        "under_duress": int(one.under_duress),
        "outcome": one.outcome and one.outcome.value,
        "false_because": one.false_because and one.false_because.value,
        "resolved_by": one.resolved_by,
        "resolved_at": _moment(one.resolved_at),
        "resolved_note": one.resolved_note,
    }


def _moment(value: datetime | None) -> int | None:
    return micros(value) if value is not None else None


def _instant(value: int | None) -> datetime | None:
    return instant(value) if value is not None else None
