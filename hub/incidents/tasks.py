"""What can be done to the tasks of an incident: begun by what was written, ended, handed over, and told in time."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from uuid_utils import uuid7

from hub.alarms.parcels import WaysOut
from hub.clock import Clock, micros
from hub.errors import NotFound
from hub.incidents import followup, rights, store, taskstore
from hub.incidents.clockstore import clocks
from hub.incidents.followup import OWN, How, Task, follow_ups, reconciled
from hub.incidents.incident import Incident, Signer, refuse_locked
from hub.incidents.notice import about, parcels
from hub.incidents.paper import facts_in
from hub.incidents.sealing import Seal, Seals
from hub.people.access import Principal
from hub.people.addresses import leaders
from hub.people.cache import SiteCache
from hub.people.faults import NotYours, say
from hub.people.site import Site
from hub.storage import journal, outbox
from hub.storage.database import Database, Transaction

LOOK_EVERY = timedelta(seconds=30)
MOST_AT_ONCE = 50


def subject(which: str) -> str:
    """What the journal calls an incident."""
    return f"incident:{which}"


async def follow(tx: Transaction, seal: Seal, site: Site, one: Incident, now: datetime, actor: str | None) -> None:
    """Begins what an incident as it is now asks for, and what the law does; lets go of what they do not."""
    book, zone = await clocks(tx, one.institution), ZoneInfo(site.institution.timezone)
    facts = facts_in(await store.said(tx, seal, one.institution, one.id))
    wanted = follow_ups(one.outcome, one.kinds, one.happened_at) | book.started(facts, one.happened_at, zone)
    owner = next(iter(leaders(site, one.unit)), None)
    present = await taskstore.tasks(tx, one.institution, one.id)
    for task in reconciled(present, wanted, owner, now, one.institution, one.id):
        await taskstore.put(tx, task)
        if not task.open:
            await outbox.drop(tx, one.institution, about(task), now)
        await _note(tx, task, now, actor)


async def ask(
    tx: Transaction,
    by: Principal,
    now: datetime,
    seals: Seals,
    which: str,
    words: str,
    owner: str,
    due_at: datetime,
) -> None:
    """A leader asks somebody of the house to do something more; the words are sealed."""
    incident = await store.find(tx, by.institution, which)
    if incident is None or not rights.may_know(by, incident):
        raise NotFound("No such incident here.")
    if rights.signs_as(by, incident, ()) is not Signer.LEADER:
        raise NotYours(say("This is for the unit's leader: ask one of them."))
    refuse_locked(incident)
    name = str(uuid7())
    sealed = (await seals.to_write(tx)).close(words, taskstore.worded(by.institution, f"{OWN}{name}")).text
    present = await taskstore.tasks(tx, by.institution, which)
    task = followup.asked_for(present, name, sealed, owner, due_at, now, by.institution, which)
    await taskstore.put(tx, task)
    await _note(tx, task, now, by.name)


async def close(
    tx: Transaction, by: Principal, now: datetime, seals: Seals, which: str, number: int, how: How, why: str
) -> None:
    """Ends a task; why it is not done is kept sealed beside it."""
    task, _ = await _found(tx, by, which, number)
    after = followup.closed(task, by.name, how, why, now)
    await taskstore.put(tx, after, await seals.to_write(tx), why or None)
    await outbox.drop(tx, by.institution, about(task), now)
    await _note(tx, after, now, by.name)


async def hand_over(
    tx: Transaction, by: Principal, now: datetime, sites: SiteCache, which: str, number: int, owner: str
) -> None:
    """Makes somebody else of the house see to it."""
    task, _ = await _found(tx, by, which, number)
    if owner not in (await sites.get(tx, by.institution)).people:
        raise NotFound("owner: there is nobody of this name here")
    after = followup.handed_over(task, owner, now)
    await taskstore.put(tx, after)
    await _note(tx, after, now, by.name)


async def _found(tx: Transaction, by: Principal, which: str, number: int) -> tuple[Task, Incident]:
    """A task that is the caller's to move: its owner's, or the unit's leader's."""
    incident = await store.find(tx, by.institution, which)
    task = next((one for one in await taskstore.tasks(tx, by.institution, which) if one.number == number), None)
    if incident is None or task is None or not may_see(by, task, incident, await store.safety(tx, by.institution)):
        raise NotFound("No such task here.")
    if not may_move(by, task, incident):
        raise NotYours(say("This is for the one who owns it, or for the unit's leader."))
    return task, incident


def may_see(by: Principal, task: Task, incident: Incident, safety: frozenset[str]) -> bool:
    """Its owner, and those who read the paper that it is of."""
    return task.owner == by.person or rights.may_read(by, task.paper, incident, safety)


def may_move(by: Principal, task: Task, incident: Incident) -> bool:
    return task.owner == by.person or rights.signs_as(by, incident, ()) is Signer.LEADER


async def _note(tx: Transaction, task: Task, now: datetime, actor: str | None) -> None:
    facts: dict[str, Any] = {"task": task.number, "what": task.what, "owner": task.owner, "due": micros(task.due_at)}
    facts |= {"how": task.how.value} if task.how is not None else {}
    await journal.append(tx, task.institution, now, "incident_task", subject(task.incident), actor, facts)


class FollowUpClock:
    """Tells owners in time and leaders when it is late; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, sites: SiteCache, ways_out: WaysOut) -> None:
        self._database = database
        self._clock = clock
        self._sites = sites
        self._ways_out = ways_out

    async def run(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await taskstore.due(tx, self._clock.now(), MOST_AT_ONCE)
            for task in due:
                await self.tell(task)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def tell(self, task: Task) -> None:
        """Sends what is due of one task, once, whichever hub finds it."""

        async def action(tx: Transaction) -> None:
            now = self._clock.now()
            said = followup.came_due(task, now)
            incident = await store.find(tx, task.institution, task.incident)
            if said is None or incident is None or not await taskstore.tell(tx, task, said[0]):
                return
            site = await self._sites.get(tx, task.institution)
            await outbox.add(tx, list(parcels(site, incident.unit, *said, self._ways_out.channels, now)))
            facts = {"task": task.number, "what": task.what, "to": said[1].value}
            await journal.append(tx, task.institution, now, "incident_task_told", subject(task.incident), None, facts)

        await self._database.write(action, of=task.institution)
