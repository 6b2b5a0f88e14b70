"""What must be done after an incident, on its page and on the list: who, by when, and how it ended."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.clock import rfc3339
from hub.incidents import queries, tasks
from hub.incidents.clocks import ClockBook
from hub.incidents.clockstore import clocks
from hub.incidents.followup import How, Task
from hub.incidents.incident import Incident
from hub.incidents.queries import Seen
from hub.people.entry import LONGEST_REASON
from hub.people.faults import say
from hub.web import incident_words as words
from hub.web.admin import Visit
from hub.web.incident_notes import LIST

AHEAD = timedelta(days=7)
END_OF_WORK = time(16)


def line(visit: Visit, task: Task, seen: Seen, book: ClockBook) -> dict[str, Any]:
    """A task as the page of its incident shows it."""
    incident, why = seen.incident, seen.reasons.get(task.number)
    if task.what in seen.wordings:
        title, advice = seen.wordings[task.what], ""
    else:
        title, advice = words.tasks(visit.texts).get(task.what) or _of_the_law(visit, task, incident, book)
    return _shown(visit, task, title, incident.unit) | {
        "advice": advice,
        "why": why,
        "may_move": task.open and tasks.may_move(visit.by, task, incident),
    }


def _shown(visit: Visit, task: Task, title: str, unit: str | None) -> dict[str, Any]:
    ended = words.endings(visit.texts)[task.how.value] if task.how is not None else ""
    return {
        "number": task.number,
        "incident": task.incident,
        "title": title,
        "owner": task.owner,
        "owner_name": words.who(visit.site, task.owner) if task.owner is not None else words.nobody(visit.texts),
        "due": visit.local(task.due_at),
        "due_at": rfc3339(task.due_at),
        "left": words.left(task.due_at - visit.hub.clock.now(), visit.texts),
        "late": task.open and task.due_at <= visit.hub.clock.now(),
        "ended": ended,
        "ended_by": words.who(visit.site, task.closed_by) if task.closed_by is not None else "",
        "ended_at": visit.local(task.closed_at),
        "where": words.unit_name(visit.site, unit),
    }


def _of_the_law(visit: Visit, task: Task, incident: Incident, book: ClockBook) -> tuple[str, str]:
    """What a clock is called; why it runs, what to write and to whom, by the terms of the day that it happened."""
    clock, say = book.clocks.get(task.what), visit.texts
    day = incident.happened_at.astimezone(ZoneInfo(visit.site.institution.timezone)).date()
    terms = clock.in_force(day) if clock is not None else None
    if clock is None or terms is None:
        return task.what, ""
    lines = (
        terms.why,
        say("Write: {what}", what=terms.write),
        say("To: {whom}", whom=terms.to),
        say("Source: {source}", source=terms.source),
    )
    return clock.name, "\n".join(lines)


async def waiting(visit: Visit) -> list[dict[str, Any]]:
    """What waits for whoever looks at the list, of the coming days."""
    soon = visit.hub.clock.now() + AHEAD
    async with visit.reading() as tx:
        found = await queries.todo(tx, visit.hub.incidents.seals, visit.by, soon)
        book = await clocks(tx, visit.by.institution)
    named = {what: title for what, (title, _) in words.tasks(visit.texts).items()}
    named |= {clock.id: clock.name for clock in book.clocks.values()}
    return [_shown(visit, one.task, one.words or named.get(one.task.what, one.task.what), one.unit) for one in found]


async def end(visit: Visit) -> str:
    entry, number = visit.entry, visit.number
    how = How.WAIVED if entry.raw("how") == How.WAIVED else How.DONE
    why = entry.text("why", LONGEST_REASON) or ""
    entry.refuse_if_faulty()
    work = partial(tasks.close, seals=visit.hub.incidents.seals, which=visit.which, number=number, how=how, why=why)
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"


async def hand_over(visit: Visit) -> str:
    entry, number = visit.entry, visit.number
    owner = entry.one_of("owner", visit.site.people)
    if owner is None:
        entry.wrong("owner", say("Choose who sees to it."))
    entry.refuse_if_faulty()
    work = partial(tasks.hand_over, sites=visit.hub.sites, which=visit.which, number=number, owner=owner or "")
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"


async def ask(visit: Visit) -> str:
    """A leader asks somebody to do something more."""
    entry = visit.entry
    what = entry.needed("what", say("Write what is to be done."), LONGEST_REASON)
    owner = entry.one_of("owner", visit.site.people)
    if owner is None:
        entry.wrong("owner", say("Choose who sees to it."))
    day = entry.day("day", needed=True)
    entry.refuse_if_faulty()
    due = datetime.combine(day or date.min, END_OF_WORK, ZoneInfo(visit.site.institution.timezone))
    work = partial(
        tasks.ask, seals=visit.hub.incidents.seals, which=visit.which, words=what, owner=owner or "", due_at=due
    )
    await visit.hub.incidents.does(visit.token, visit.by.institution, work)
    return f"{LIST}/{visit.which}?done=1"
