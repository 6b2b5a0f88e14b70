"""The SQL of lists of incidents: by unit, period, kind, outcome and person, and by the traces of what was written."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, false, or_, select, true, tuple_

from hub.clock import micros
from hub.incidents import rights
from hub.incidents.incident import Outcome, Part, State
from hub.incidents.paper import Kind
from hub.incidents.sealing import BITS, COARSE
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
    person: str | None = None
    words: str = ""
    before: tuple[datetime, str] | None = None


async def page(
    tx: Reader,
    by: Principal,
    safety: Collection[str],
    asked: Asked,
    before: tuple[datetime, str] | None,
    most: int,
    traced: Sequence[Any] = (),
) -> Sequence[Row]:
    """The rows that this person may know of, the newest first."""
    query: Select[Any] = select(incident).where(
        incident.c.institution == by.institution, incident.c.joined_to.is_(None)
    )
    for condition in (*_rights(by, safety, asked), *_conditions(by.institution, asked), *traced):
        query = query.where(condition)
    if before is not None:
        query = query.where(tuple_(incident.c.happened_at, incident.c.id) < (micros(before[0]), before[1]))
    return await tx.rows(query.order_by(incident.c.happened_at.desc(), incident.c.id.desc()).limit(most))


def _rights(by: Principal, safety: Collection[str], asked: Asked) -> list[Any]:
    """Kinds and people stand in the employee's paper: a list by them must not tell what the paper does not."""
    here = of_their_units(by)
    if asked.kind is None and asked.person in (None, by.name):
        return [or_(here, _with(by.institution, by.name))] if by.units else []
    if by.session is None:
        return [false()]
    own = _with(by.institution, by.name, incident_person.c.part == Part.OWN.value)
    return [or_(here, own) if rights.reads_all_here(by, safety) else own]


def of_their_units(by: Principal) -> Any:
    """What happened where this person may look: in their units, or nobody knows where."""
    return or_(incident.c.unit.is_(None), *(incident.c.unit == unit for unit in by.units)) if by.units else true()


def _with(of: str, who: str, *more: Any) -> Any:
    """What somebody had to do with: found once, and not anew for each incident."""
    person = incident_person.c
    return incident.c.id.in_(select(person.incident).where(person.institution == of, person.person == who, *more))


def _conditions(of: str, asked: Asked) -> list[Any]:
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
    if asked.person is not None:
        found.append(_with(of, asked.person))
    return found


async def edge(tx: Reader, of: str, before: tuple[datetime, str] | None, many: int) -> int | None:
    """When it was of the incident that so many are newer than, if there is one."""
    query = select(incident.c.happened_at).where(incident.c.institution == of)
    if before is not None:
        query = query.where(tuple_(incident.c.happened_at, incident.c.id) < (micros(before[0]), before[1]))
    row = await tx.row(query.order_by(incident.c.happened_at.desc(), incident.c.id.desc()).offset(many).limit(1))
    return row["happened_at"] if row is not None else None


def newest(bits: Sequence[int], since: int | None) -> list[Any]:
    """Of the incidents since then."""
    return [_traced(bits)] if since is None else [_traced(bits), incident.c.happened_at >= since]


def common(bits: Sequence[int], until: int) -> list[Any]:
    """Of all before then, back through time: what many hold is found long before all have been looked at."""
    return [_traced(bits), incident.c.happened_at < until]


def rare(of: str, bits: Sequence[int], until: int) -> list[Any]:
    """Of all before then: the traces are looked through once, for going to each one's would take many times as long."""
    trace = incident_trace.c
    holding = _told_apart(bits, lambda column, word: column.bitwise_and(word) == word)
    found = select(trace.incident).where(trace.institution == of, *holding)
    return [incident.c.happened_at < until, incident.c.id.in_(found)]


def _traced(bits: Sequence[int]) -> Any:
    """Each incident is looked at for its own traces."""
    trace = incident_trace.c
    here = (trace.institution == incident.c.institution, trace.incident == incident.c.id)
    return exists().where(*here, *_told_apart(bits, _one_by_one))


def _one_by_one(column: Any, word: int) -> Any:
    # One bit at a time and not equal, which PostgreSQL takes to be so of most: of what is equal it thinks that hardly
    # any are, and would look through all traces first.
    return and_(*(column.bitwise_and(1 << at) != 0 for at in range(BITS) if word >> at & 1))


def _told_apart(bits: Sequence[int], holds: Callable[[Any, int], Any]) -> list[Any]:
    """What must hold of one paper; one from before there were fine bits may hold any of them."""
    asked = [(n, incident_trace.c[f"w{n}"], word) for n, word in enumerate(bits) if word]
    return [holds(at, word) if n < COARSE else or_(at.is_(None), holds(at, word)) for n, at, word in asked]
