"""What can be asked of incidents: one of them as somebody may see it, and lists of them."""

from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.alarms import queries as alarm_queries
from hub.alarms.actions import Alarms
from hub.errors import NotFound
from hub.incidents import liststore, rights, store, taskstore
from hub.incidents.followup import Task
from hub.incidents.incident import Incident
from hub.incidents.liststore import Asked
from hub.incidents.paper import QUESTIONS, Paper, Said
from hub.incidents.sealing import Seal, Seals, holds, words
from hub.incidents.tasks import may_see, subject
from hub.people.access import Principal
from hub.storage import journal
from hub.storage.database import Reader, Row

PAGE = 50
MOST_TODO = 200
# A search opens so many incidents at most before it asks for a narrower question.
MOST_OPENED = 500
OPENED_AT_ONCE = 100
NEWEST = 2_000
# Events whose reason lies beside their row.
_REASONED = {"incident_reopened", "incident_held", "incident_hold_lifted", "incident_archived"}
IN_WORDS = {one.name for one in QUESTIONS if not one.shared}


@dataclass(frozen=True, slots=True)
class Seen:
    """An incident as one person may see it."""

    incident: Incident
    readable: frozenset[Paper]
    writable: frozenset[Paper]
    said: Sequence[Said]
    """What they may read: all of a paper, or of one that is closed to them their own words."""
    last: int
    """The number of the newest answer that there is, whoever may read it."""
    entries: Sequence[journal.Entry]
    """What the journal holds of the record itself, those who have read it included."""
    safety: frozenset[str]
    tasks: Sequence[Task]
    """Those that are this person's, or of a paper that they may read."""
    reasons: Mapping[int, str]
    """What was written where each of these tasks ended."""
    wordings: Mapping[str, str]
    """What was asked for in those that somebody asked for in their own words."""


async def one(tx: Reader, seals: Seals, by: Principal, which: str, *, glass: bool = False) -> Seen:
    """One incident with all that this person may see of it; NotFound for those who may not know of it."""
    found = await store.find(tx, by.institution, which)
    if found is None or not rights.may_know(by, found):
        raise NotFound("No such incident here.")
    safety = await store.safety(tx, by.institution)
    seal = await seals.to_read(tx)
    said = await store.said(tx, seal, by.institution, which)
    reasons = await taskstore.reasons(tx, seal, by.institution, which)
    todo = [one for one in await taskstore.tasks(tx, by.institution, which) if may_see(by, one, found, safety)]
    broken = glass and rights.may_break_glass(by, found)
    readable = frozenset(paper for paper in Paper if broken or rights.may_read(by, paper, found, safety))
    return Seen(
        found,
        readable,
        frozenset(paper for paper in Paper if rights.may_write(by, paper, found, safety)),
        [one for one in said if one.paper in readable or one.by == by.name],
        said[-1].number if said else 0,
        await journal.about(tx, by.institution, subject(which)),
        safety,
        todo,
        {task.number: reasons[task.number] for task in todo if task.number in reasons and task.paper in readable},
        taskstore.wordings(seal, todo),
    )


@dataclass(frozen=True, slots=True)
class Todo:
    """A task that waits for whoever asks, the unit that it is of, and what was asked for in it."""

    task: Task
    unit: str | None
    words: str | None


async def todo(tx: Reader, seals: Seals, by: Principal, until: datetime) -> list[Todo]:
    """The open tasks due by then that wait for this person: their own, and those of the units that they lead."""
    found, seal = await taskstore.waiting(tx, by, until, MOST_TODO), await seals.to_read(tx)
    wordings = taskstore.wordings(seal, [task for task, _ in found])
    return [Todo(task, unit, wordings.get(task.what)) for task, unit in found]


async def courses(tx: Reader, alarms: Alarms, by: Principal, incident: Incident) -> list[dict[str, Any]]:
    """The alarms of the incident that this person may see, each with its timeline."""
    found = []
    for which in incident.alarms:
        with suppress(NotFound):
            found.append(await alarm_queries.one(tx, alarms, by, which))
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list, and where the next one begins."""

    incidents: Sequence[Incident]
    after: tuple[datetime, str] | None
    safety: frozenset[str]
    cut: bool = False
    """Whether the search gave up before it had looked at everything."""


async def page(tx: Reader, seals: Seals, by: Principal, asked: Asked, most: int = PAGE) -> Found:
    """The incidents that this person may know of and that were asked for, the newest first."""
    safety, seal = await store.safety(tx, by.institution), await seals.to_read(tx)
    if not words(asked.words):
        rows = await liststore.page(tx, by, safety, asked, asked.before, most)
        found = await store.many(tx, rows)
        return Found(found, place(found[-1]) if len(found) == most else None, safety)
    return await _search(tx, seal, by, asked, safety, most)


async def _search(tx: Reader, seal: Seal, by: Principal, asked: Asked, safety: frozenset[str], most: int) -> Found:
    """Opens what the traces point at, some at a time and beside the event loop, until the page is full."""
    found: list[Incident] = []
    opened, last = 0, None
    async for rows in _pointed_at(tx, seal, by, asked, safety):
        some = await store.many(tx, rows[: MOST_OPENED - opened])
        said = await store.said_of(tx, by.institution, [one.id for one in some])
        found += await to_thread(_speaking, seal, by, asked.words, safety, some, said, most - len(found))
        if len(found) == most:
            return Found(found, place(found[-1]), safety)
        opened, last = opened + len(some), place(some[-1])
        if opened == MOST_OPENED:
            return Found(found, last, safety, cut=True)
    return Found(found, None, safety)


async def _pointed_at(
    tx: Reader, seal: Seal, by: Principal, asked: Asked, safety: frozenset[str]
) -> AsyncIterator[Sequence[Row]]:
    """The incidents whose traces hold the words, some at a time: most searches find enough among the newest."""
    bits, of = seal.traces(asked.words), by.institution
    edge = await liststore.edge(tx, of, asked.before, NEWEST)
    newest = await liststore.page(tx, by, safety, asked, asked.before, MOST_OPENED, liststore.newest(bits, edge))
    for some in _at_once(newest):
        yield some
    if edge is None:
        return
    few = bool(by.units or asked.unit or asked.person)
    way = liststore.common(bits, edge) if few or len(newest) >= PAGE else liststore.rare(of, bits, edge)
    for some in _at_once(await liststore.page(tx, by, safety, asked, asked.before, MOST_OPENED, way)):
        yield some


def _at_once(found: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (found[start : start + OPENED_AT_ONCE] for start in range(0, len(found), OPENED_AT_ONCE))


def place(one: Incident) -> tuple[datetime, str]:
    """Where a list goes on after it."""
    return one.happened_at, one.id


def _speaking(
    seal: Seal,
    by: Principal,
    asked: str,
    safety: frozenset[str],
    some: Sequence[Incident],
    said: Mapping[str, Sequence[Row]],
    most: int,
) -> list[Incident]:
    """The first where what they may read holds every word: what they may not read must not show by being found."""
    found = []
    for one in some:
        readable = [paper for paper in Paper if rights.may_read(by, paper, one, safety)]
        asking = [row for row in said[one.id] if row["question"] in IN_WORDS]
        own = [row for row in asking if row["paper"] in readable or row["said_by"] == by.name]
        if any(holds([store.words_of(row, seal) for row in own if row["paper"] == paper], asked) for paper in Paper):
            found.append(one)
        if len(found) == most:
            break
    return found


async def remarks(tx: Reader, seals: Seals, seen: Seen) -> dict[int, str]:
    """What is kept beside the rows of the record's history: why it was opened again, or read in need."""
    seal, of = await seals.to_read(tx), seen.incident.institution
    wanted = [one.seq for one in seen.entries if one.event in _REASONED or one.facts.get("glass")]
    found = {seq: await store.remarked(tx, seal, of, seq) for seq in wanted}
    return {seq: text for seq, text in found.items() if text is not None}


async def safety(tx: Reader, of: str) -> frozenset[str]:
    """The institution's safety representatives."""
    return await store.safety(tx, of)
