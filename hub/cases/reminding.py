"""Who is reminded of records that are in no case system yet: the leader, by the follow-up that all tasks share."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.cases.practice import OF_PAPER
from hub.cases.register import Entry
from hub.clock import micros
from hub.incidents import taskstore
from hub.incidents.followup import RECORDS, How, Task, first_told
from hub.incidents.incident import Incident
from hub.incidents.notice import about
from hub.incidents.paper import Paper
from hub.incidents.tasks import subject
from hub.people.addresses import leaders
from hub.people.site import Site
from hub.ports import Answer
from hub.storage import journal, outbox
from hub.storage.database import Transaction

# However a record came to wait: for a case, a citizen, a system that is down, or a person who copies it.
WITHIN = timedelta(days=3)


async def follow(tx: Transaction, site: Site, one: Incident, entries: Iterable[Entry], now: datetime) -> None:
    """Begins, ends or takes up again what reminds the leader of an incident's records."""
    owner = next(iter(leaders(site, one.unit)), None)
    tasks = await taskstore.tasks(tx, one.institution, one.id)
    late = sorted(
        (one for one in entries if one.answer is not Answer.ACCEPTED), key=lambda one: one.since, reverse=True
    )
    waiting = {OF_PAPER[entry.sort]: entry.since for entry in late}
    for task in changed(tasks, waiting, owner, now, one.institution, one.id):
        await taskstore.put(tx, task)
        if not task.open:
            await outbox.drop(tx, one.institution, about(task), now)
        facts = {"task": task.number, "what": task.what, "owner": task.owner, "due": micros(task.due_at)}
        facts |= {"how": task.how.value} if task.how is not None else {}
        await journal.append(tx, one.institution, now, "incident_task", subject(one.id), None, facts)


def changed(
    tasks: Sequence[Task], waiting: dict[Paper, datetime], owner: str | None, now: datetime, of: str, which: str
) -> list[Task]:
    """The tasks that are new, wanted again or done: one for each paper whose records wait."""
    found, number = [], max((task.number for task in tasks), default=0)
    for paper in Paper:
        what = f"{RECORDS}{paper.value}"
        task = next((task for task in tasks if task.what == what), None)
        if paper not in waiting:
            if task is not None and task.open:
                found.append(replace(task, tell_at=None, how=How.DONE, closed_at=now))
            continue
        due = waiting[paper] + WITHIN
        if task is None:
            number += 1
            found.append(Task(of, which, number, what, paper, owner, due, first_told(now, due)))
        elif not task.open:
            tell_at = first_told(now, due)
            found.append(replace(task, due_at=due, tell_at=tell_at, how=None, closed_at=None, closed_by=None))
    return found
