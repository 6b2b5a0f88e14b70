"""The SQL of what must be done after incidents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, false, or_, select, text, update

from hub.clock import instant, micros
from hub.incidents import rights
from hub.incidents.followup import How, Task
from hub.incidents.liststore import of_their_units
from hub.incidents.paper import Paper
from hub.incidents.sealing import Seal, bound_to
from hub.incidents.tables import incident, incident_task
from hub.people.access import Principal
from hub.storage.both import insert
from hub.storage.database import Reader, Row, Transaction

_MOVING = ("owner", "due_at", "tell_at", "told", "how", "closed_at", "closed_by", "sealed", "words")
_KEY = (
    incident_task.c.institution == bindparam("of"),
    incident_task.c.incident == bindparam("which"),
)
_OF = select(incident_task).where(*_KEY).order_by(incident_task.c.due_at, incident_task.c.number)
_ONE = select(incident_task).where(*_KEY, incident_task.c.number == bindparam("no"))
_PUT = insert(incident_task)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["institution", "incident", "number"], set_={name: _PUT.excluded[name] for name in _MOVING}
)
_TELL = (
    update(incident_task)
    .where(*_KEY, incident_task.c.number == bindparam("no"), incident_task.c.told == bindparam("seen"))
    .where(text("how IS NULL"))
    .values(told=bindparam("now_told"), tell_at=bindparam("next_at"))
)
_DUE = (
    select(incident_task)
    .where(incident_task.c.tell_at <= bindparam("now"), text("tell_at IS NOT NULL"))
    .order_by(incident_task.c.tell_at)
    .limit(bindparam("most"))
)
_WAITING = (
    select(incident_task, incident.c.unit)
    .join(
        incident,
        and_(incident.c.institution == incident_task.c.institution, incident.c.id == incident_task.c.incident),
    )
    .where(
        incident_task.c.institution == bindparam("of"),
        text("how IS NULL"),
        incident_task.c.due_at <= bindparam("until"),
    )
    .order_by(incident_task.c.due_at, incident_task.c.incident, incident_task.c.number)
    .limit(bindparam("most"))
)


async def tasks(tx: Reader, of: str, which: str) -> list[Task]:
    """All tasks of one incident, those due first before the others."""
    return [_task(row) for row in await tx.rows(_OF, of=of, which=which)]


async def reasons(tx: Reader, seal: Seal, of: str, which: str) -> dict[int, str]:
    """What was written where a task ended, by its number."""
    return {
        row["number"]: seal.open(row["sealed"], _row(of, which, row["number"]))
        for row in await tx.rows(_OF, of=of, which=which)
        if row["sealed"] is not None
    }


def worded(of: str, what: str) -> str:
    """What the words of a task are sealed for: the task itself, in whichever incident it stands."""
    return bound_to("task-words", of, what)


def wordings(seal: Seal, tasks: Sequence[Task]) -> dict[str, str]:
    """What somebody asked for in words of their own."""
    return {one.what: seal.open(one.words, worded(one.institution, one.what)) for one in tasks if one.words is not None}


async def put(tx: Transaction, one: Task, seal: Seal | None = None, why: str | None = None) -> None:
    """Writes a task down as it is now, with what was written where it ended."""
    sealed = seal.close(why, _row(one.institution, one.incident, one.number)).text if seal and why else None
    await tx.run(
        _PUT,
        institution=one.institution,
        incident=one.incident,
        number=one.number,
        what=one.what,
        paper=one.paper.value,
        owner=one.owner,
        due_at=micros(one.due_at),
        tell_at=_micros(one.tell_at),
        told=one.told,
        how=one.how.value if one.how is not None else None,
        closed_at=_micros(one.closed_at),
        closed_by=one.closed_by,
        sealed=sealed,
        words=one.words,
    )


async def tell(tx: Transaction, before: Task, after: Task) -> bool:
    """Keeps that somebody is told now; False if another hub was quicker, or it has ended."""
    key: dict[str, Any] = {"of": before.institution, "which": before.incident, "no": before.number}
    return await tx.run(_TELL, **key, seen=before.told, now_told=after.told, next_at=_micros(after.tell_at)) > 0


async def due(tx: Reader, now: datetime, most: int) -> list[Task]:
    """The tasks of which somebody must be told now."""
    return [_task(row) for row in await tx.rows(_DUE, now=micros(now), most=most)]


async def waiting(tx: Reader, by: Principal, until: datetime, most: int) -> list[tuple[Task, str | None]]:
    """The open tasks due by then that are this person's to move, those due first first, each with its unit."""
    led = of_their_units(by) if rights.leads_here(by) else false()
    rows = await tx.rows(
        _WAITING.where(or_(incident_task.c.owner == by.name, led)), of=by.institution, until=micros(until), most=most
    )
    return [(_task(row), row["unit"]) for row in rows]


def _row(of: str, which: str, number: int) -> str:
    return bound_to("task", of, which, number)


def _micros(value: datetime | None) -> int | None:
    return micros(value) if value is not None else None


def _task(row: Row) -> Task:
    return Task(
        institution=row["institution"],
        incident=row["incident"],
        number=row["number"],
        what=row["what"],
        paper=Paper(row["paper"]),
        owner=row["owner"],
        due_at=instant(row["due_at"]),
        tell_at=instant(row["tell_at"]) if row["tell_at"] is not None else None,
        told=row["told"],
        how=How(row["how"]) if row["how"] is not None else None,
        closed_at=instant(row["closed_at"]) if row["closed_at"] is not None else None,
        closed_by=row["closed_by"],
        words=row["words"],
    )
