"""Two incidents that were one event are joined, and taken apart again: nothing that was written is lost by either."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hub.alarms import store as alarms_store
from hub.errors import NotFound
from hub.incidents import incident as life
from hub.incidents import rights, store, taskstore
from hub.incidents.actions import Incidents
from hub.incidents.followup import How, Task
from hub.incidents.fromalarm import outcome_of, parts_in
from hub.incidents.incident import Incident, Part, Signer
from hub.incidents.notice import about
from hub.incidents.paper import QUESTIONS, Asked, Question, Said, Standing, answer_of, kinds_in, options, standing
from hub.incidents.sealing import Seal
from hub.incidents.tasks import subject
from hub.people.access import Principal
from hub.people.faults import NotYours, say
from hub.people.site import Site
from hub.storage import journal, outbox
from hub.storage.database import Transaction


async def join(tx: Transaction, by: Principal, now: datetime, incidents: Incidents, which: str, other: str) -> None:
    """Goes on with the first for both: what was written in the other stands in it too, each paper in its own."""
    kept, lost = await _led(tx, by, incidents, which), await _led(tx, by, incidents, other)
    after, gone = life.one_event(kept, lost)
    seal = await incidents.seals.to_write(tx)
    for alarm in lost.alarms:
        await store.move_alarm(tx, by.institution, alarm, which)
    await incidents.keep(tx, kept, after)
    await incidents.keep(tx, lost, gone)
    parts = {who: kept.people.get(who) for who, part in after.people.items() if kept.people.get(who) is not part}
    facts: dict[str, Any] = {"from": other, "alarms": lost.alarms, "parts": parts}
    facts["said"] = await _copied(tx, seal, by, kept, lost, now)
    await _carried(tx, seal, kept, lost, now)
    await incidents.tell(tx, by, after, "incident_joined", now, facts)
    await incidents.tell(tx, by, gone, "incident_joined_to", now, {"to": which})
    await incidents.follow(tx, after, now, by.name)


async def _led(tx: Transaction, by: Principal, incidents: Incidents, which: str) -> Incident:
    found = await incidents.known(tx, by, which)
    if rights.signs_as(by, found, ()) is not Signer.LEADER:
        raise NotYours(say("The unit's leader says what was one event: ask one of them."))
    return found


async def _copied(
    tx: Transaction, seal: Seal, by: Principal, kept: Incident, lost: Incident, now: datetime
) -> list[tuple[int, str, str]]:
    """Each one's words as they stand in the other are added under their name; what can be ticked is ticked by both."""
    ours = await store.said(tx, seal, kept.institution, kept.id)
    theirs = await store.said(tx, seal, kept.institution, lost.id)
    added = []
    for question in QUESTIONS:
        for line in standing(theirs, question):
            who, at = (by.name, now) if question.shared else (line.now.by, line.now.at)
            before = answer_of(ours, question, who)
            value = _together(question, before, line.now.value)
            if value != before:
                key = (kept.institution, kept.id, question.paper, question.name)
                number, fingerprint = await store.say(tx, seal, *key, value, who, at)
                added.append((number, question.name, fingerprint))
    return added


def _together(question: Question, before: str, more: str) -> str:
    if question.asked is Asked.WORDS:
        return "\n\n".join(text for text in (before, more) if text)
    ticked = {*before.split(), *more.split()}
    return " ".join(one.value for one in options(question) if one.value in ticked)


async def _carried(tx: Transaction, seal: Seal, kept: Incident, lost: Incident, now: datetime) -> None:
    """What the other alone had to be done goes on in the first, and ends where it was."""
    of = kept.institution
    present, why = await taskstore.tasks(tx, of, kept.id), await taskstore.reasons(tx, seal, of, lost.id)
    known, number = {task.what for task in present}, max((task.number for task in present), default=0)
    for task in await taskstore.tasks(tx, of, lost.id):
        if task.what not in known:
            number += 1
            await taskstore.put(tx, replace(task, incident=kept.id, number=number), seal, why.get(task.number))
        if task.open:
            await _lapsed(tx, task, now)


async def _lapsed(tx: Transaction, task: Task, now: datetime) -> None:
    await taskstore.put(tx, replace(task, tell_at=None, how=How.LAPSED, closed_at=now))
    await outbox.drop(tx, task.institution, about(task), now)


async def part(
    tx: Transaction, by: Principal, now: datetime, incidents: Incidents, site: Site, which: str, other: str
) -> str:
    """Takes something out again: an incident that was joined goes on as it was, or an alarm begins one of its own."""
    kept = await _led(tx, by, incidents, which)
    life.refuse_locked(kept)
    for entry in reversed(await journal.about(tx, by.institution, subject(which))):
        if entry.event == "incident_joined" and entry.facts.get("from") == other:
            return await _unjoined(tx, by, now, incidents, kept, other, entry.facts)
    if other not in kept.alarms:
        raise NotFound("There is no such alarm in it.")
    return await _taken_out(tx, by, now, incidents, site, kept, other)


async def _unjoined(
    tx: Transaction,
    by: Principal,
    now: datetime,
    incidents: Incidents,
    kept: Incident,
    other: str,
    facts: Mapping[str, Any],
) -> str:
    lost = await _led(tx, by, incidents, other)
    if lost.joined_to != kept.id:
        raise NotFound("There is no such incident in it.")
    seal, of, alarms = await incidents.seals.to_write(tx), by.institution, tuple(facts["alarms"])
    added = await _taken_back(tx, seal, kept, {number for number, *_ in facts["said"]}, now)
    said = await store.said(tx, seal, of, kept.id)
    last = max((number for number, *_ in facts["said"]), default=0)
    wrote = {one.by for one in said if one.number > last and one.number not in {number for number, *_ in added}}
    parts: Mapping[str, str | None] = facts["parts"]
    people = {
        who: Part(parts[who] or part) if who in parts else part
        for who, part in kept.people.items()
        if parts.get(who, part) is not None or who in wrote
    }
    for alarm in alarms:
        await store.move_alarm(tx, of, alarm, other)
    after, own = life.parted(kept, alarms, people, _kinds(said)), life.on_its_own(lost, alarms)
    await incidents.keep(tx, kept, after)
    await incidents.keep(tx, lost, own)
    await incidents.tell(tx, by, after, "incident_parted", now, {"to": other, "said": added})
    await incidents.tell(tx, by, own, "incident_parted_from", now, {"from": kept.id})
    for one in (after, own):
        await incidents.follow(tx, one, now, by.name)
    return other


async def _taken_back(
    tx: Transaction, seal: Seal, kept: Incident, copied: set[int], now: datetime
) -> list[tuple[int, str, str]]:
    """What came with the other, and that nobody has written on since, stands as it did before."""
    said = await store.said(tx, seal, kept.institution, kept.id)
    added = []
    for question, line in _lines(said):
        if line.now.number in copied:
            before = line.earlier[-1].value if line.earlier else ""
            key = (kept.institution, kept.id, question.paper, question.name)
            number, fingerprint = await store.say(tx, seal, *key, before, line.now.by, now)
            added.append((number, question.name, fingerprint))
    return added


def _lines(said: Sequence[Said]) -> list[tuple[Question, Standing]]:
    return [(question, line) for question in QUESTIONS for line in standing(said, question)]


def _kinds(said: Sequence[Said]) -> Any:
    return next((kinds_in(line.now.value) for question, line in _lines(said) if question.asked is Asked.KINDS), ())


async def _taken_out(
    tx: Transaction, by: Principal, now: datetime, incidents: Incidents, site: Site, kept: Incident, alarm: str
) -> str:
    """An alarm that was no part of it gets a record of its own; whoever was there for that alone leaves this one."""
    of = by.institution
    found = {one: await alarms_store.find(tx, of, one) for one in kept.alarms}
    taken = found.pop(alarm)
    if taken is None or not found:
        raise NotFound("There is no such alarm in it.")
    theirs = parts_in(taken, site)
    stays = {who for one in found.values() if one is not None for who in parts_in(one, site)}
    said = await store.said(tx, await incidents.seals.to_write(tx), of, kept.id)
    stays |= {one.by for one in said}
    people = {who: part for who, part in kept.people.items() if who in stays or who not in theirs}
    after = life.parted(kept, (alarm,), people, kept.kinds)
    await incidents.keep(tx, kept, after)
    new = await incidents.begin(tx, taken, theirs, outcome_of(taken), now)
    await store.move_alarm(tx, of, alarm, new.id)
    await incidents.tell(tx, by, after, "incident_parted", now, {"to": new.id, "alarms": [alarm]})
    return new.id
