"""The table of plans that were asked for on a page, until they are taken or thrown away, and its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, Table, Text, bindparam, delete, select, update

from hub.clock import instant, micros
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction, metadata

plan_run = Table(
    "plan_run",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("form", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("again", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    Column("progress", Text),
    Column("result", Text),
    PrimaryKeyConstraint("institution", "id"),
)

# A search says every two seconds that it goes on; after so long without a word nobody is at it any more.
SILENT_AFTER = timedelta(seconds=30)

_KEY = (plan_run.c.institution == bindparam("of"), plan_run.c.id == bindparam("which"))
_ALL = select(plan_run).where(plan_run.c.institution == bindparam("of")).order_by(plan_run.c.made_at.desc())
_ONE = select(plan_run).where(*_KEY)
_ADD = insert(plan_run)
_BEAT = (
    update(plan_run)
    .where(*_KEY, plan_run.c.state == "running")
    .values({name: bindparam(f"the_{name}") for name in ("beat_at", "progress")})
)
_END = (
    update(plan_run)
    .where(*_KEY, plan_run.c.state == "running")
    .values({name: bindparam(f"the_{name}") for name in ("state", "result")})
)
_REMOVE = delete(plan_run).where(*_KEY)


class State(StrEnum):
    """How far a plan has come."""

    RUNNING = "running"
    FOUND = "found"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"
    """Neither a plan nor a proof that there is none was found in the time."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """A plan that somebody asked for: of what, how far it has come, and what was found."""

    institution: str
    id: str
    unit: str
    made_by: str
    made_at: datetime
    form: Mapping[str, str]
    """What was typed, for the next time."""
    asked: str
    """The plan file."""
    again: bool
    """Whether as little as possible is to be moved of the plan that stands."""
    beat_at: datetime
    state: State = State.RUNNING
    progress: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    def standing(self, now: datetime) -> State:
        """Its state, where a search that fell silent has failed."""
        silent = self.state is State.RUNNING and now - self.beat_at > SILENT_AFTER
        return State.FAILED if silent else self.state


async def runs(tx: Reader, institution: str) -> list[Run]:
    """Every plan that waits for somebody's word, the newest first."""
    return [_run(row) for row in await tx.rows(_ALL, of=institution)]


async def find(tx: Reader, institution: str, which: str) -> Run | None:
    row = await tx.row(_ONE, of=institution, which=which)
    return _run(row) if row is not None else None


async def add(tx: Transaction, run: Run) -> None:
    await tx.run(
        _ADD,
        institution=run.institution,
        id=run.id,
        unit=run.unit,
        made_by=run.made_by,
        made_at=micros(run.made_at),
        form=orjson.dumps(dict(run.form)).decode(),
        asked=run.asked,
        again=int(run.again),
        state=run.state.value,
        beat_at=micros(run.beat_at),
        progress=None,
        result=None,
    )


async def beat(tx: Transaction, institution: str, which: str, now: datetime, progress: Mapping[str, Any]) -> bool:
    """Says that the search goes on; False if nobody wants it any more."""
    said = orjson.dumps(dict(progress)).decode()
    return await tx.run(_BEAT, of=institution, which=which, the_beat_at=micros(now), the_progress=said) > 0


async def end(tx: Transaction, institution: str, which: str, state: State, result: Mapping[str, Any]) -> bool:
    """Writes down what was found; False if nobody wants it any more."""
    said = orjson.dumps(dict(result)).decode()
    return await tx.run(_END, of=institution, which=which, the_state=state.value, the_result=said) > 0


async def remove(tx: Transaction, institution: str, which: str) -> bool:
    return await tx.run(_REMOVE, of=institution, which=which) > 0


def _run(row: Row) -> Run:
    return Run(
        row["institution"],
        row["id"],
        row["unit"],
        row["made_by"],
        instant(row["made_at"]),
        orjson.loads(row["form"]),
        row["asked"],
        bool(row["again"]),
        instant(row["beat_at"]),
        State(row["state"]),
        orjson.loads(row["progress"]) if row["progress"] else {},
        orjson.loads(row["result"]) if row["result"] else {},
    )
