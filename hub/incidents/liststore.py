"""The SQL of lists of incidents: by unit, period, kind and outcome, and by the traces of what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, tuple_

from hub.clock import micros
from hub.incidents.incident import Outcome, State
from hub.incidents.paper import Kind
from hub.incidents.sealing import Seal
from hub.incidents.store import mask
from hub.incidents.tables import incident, incident_person, incident_trace
from hub.people.access import Principal
from hub.storage.database import Reader, Row


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for; what is left out is not asked."""

    unit: str | None = None
    first: datetime | None = None
    end: datetime | None = None
    kind: Kind | None = None
    outcome: Outcome | None = None
    state: State | None = None
    words: str = ""
    before: tuple[datetime, str] | None = None


async def page(
    tx: Reader, by: Principal, asked: Asked, before: tuple[datetime, str] | None, seal: Seal, most: int
) -> Sequence[Row]:
    """The rows that this person may know of, the newest first."""
    query: Select[Any] = select(incident).where(incident.c.institution == by.institution)
    for condition in (*_rights(by), *_conditions(asked), *_traces(seal.traces(asked.words))):
        query = query.where(condition)
    if before is not None:
        query = query.where(tuple_(incident.c.happened_at, incident.c.id) < (micros(before[0]), before[1]))
    return await tx.rows(query.order_by(incident.c.happened_at.desc(), incident.c.id.desc()).limit(most))


def _rights(by: Principal) -> list[Any]:
    if not by.units:
        return []
    person = incident_person.c
    there = exists().where(
        person.institution == incident.c.institution, person.incident == incident.c.id, person.person == by.name
    )
    return [or_(incident.c.unit.is_(None), *(incident.c.unit == unit for unit in by.units), there)]


def _conditions(asked: Asked) -> list[Any]:
    found: list[Any] = []
    if asked.unit is not None:
        found.append(incident.c.unit == asked.unit)
    if asked.first is not None:
        found.append(incident.c.happened_at >= micros(asked.first))
    if asked.end is not None:
        found.append(incident.c.happened_at < micros(asked.end))
    if asked.kind is not None:
        found.append(incident.c.kinds.bitwise_and(mask([asked.kind])) != 0)
    if asked.outcome is not None:
        found.append(incident.c.outcome == asked.outcome.value)
    if asked.state is not None:
        found.append(incident.c.state == asked.state.value)
    return found


def _traces(bits: Sequence[int]) -> list[Any]:
    """One paper holds every piece of the words that were asked for."""
    trace = incident_trace.c
    wanted = [trace[f"w{n}"].bitwise_and(word) == word for n, word in enumerate(bits) if word]
    here = and_(trace.institution == incident.c.institution, trace.incident == incident.c.id)
    return [exists().where(here, *wanted)] if wanted else []
