"""Keeps records as long as the rules say, then deletes them: what stays is the proof that it was done."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hub.alarms import notestore
from hub.citizens import erasestore as citizens
from hub.citizens.store import unlink_all
from hub.clock import Clock, micros
from hub.incidents import retentionstore, talks, taskstore
from hub.incidents.closing import closing
from hub.incidents.incident import Incident
from hub.incidents.notice import about
from hub.incidents.paper import Fact, Paper
from hub.incidents.retention import Due, Other, RetentionBook, Rules, Stage, ending, laid_over, over
from hub.incidents.retentionfile import retention_book, shipped
from hub.incidents.retentionstore import Hold
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.kle.klestore import kle
from hub.messaging import erasestore as messages
from hub.messaging.chores import Tidying
from hub.people.store import institutions
from hub.people.store import site as read_site
from hub.storage import journal, outbox
from hub.storage.database import Database, Reader, Transaction

LOOK_EVERY = timedelta(hours=6)
# Somebody may be reading what was deleted, and then the files are swept a little later.
SWEEP_AGAIN = timedelta(seconds=10)
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A closed incident, and how long each of its papers is kept."""

    incident: Incident
    papers: tuple[Due[Paper], ...]
    holds: Sequence[Hold]

    def of(self, paper: Paper) -> Due[Paper]:
        return next(one for one in self.papers if one.paper is paper)

    @property
    def written(self) -> tuple[Due[Paper], ...]:
        """What decides when it goes: its papers with words, or where there are none, the employee's."""
        return tuple(one for one in self.papers if one.written) or (self.of(Paper.WORK),)

    def gone(self, now: datetime) -> tuple[frozenset[Paper], bool]:
        """The papers whose end has come, and whether the whole record's has."""
        return ending(self.papers, now), over(self.papers, now)


async def book_of(tx: Reader, of: str) -> RetentionBook:
    """How long an institution keeps what, by the editions of KLE that the hub has."""
    return laid_over(retention_book(await retentionstore.OWN_RULES.text(tx, of)), shipped(), await kle(tx))


async def rules_of(tx: Reader, of: str) -> Rules:
    site = await read_site(tx, of)
    return Rules(await book_of(tx, of), ZoneInfo(site.institution.timezone))


async def reckoned(tx: Reader, seals: Seals, of: str, which: str, rules: Rules) -> Reckoned | None:
    """How long a closed incident is kept; None while it is open, or once it is gone."""
    found = await closing(tx, of, which)
    if found is None or found.at is None:
        return None
    answers = await retentionstore.answers(tx, await seals.to_read(tx), of, which)
    handed = await retentionstore.handed(tx, of, which)
    return Reckoned(
        found.incident,
        tuple(
            Due(
                paper,
                rules.term(paper, _facts(answers.get(paper, {}).values()), found.at),
                found.at,
                paper in answers,
                bool(found.holds),
                paper in handed,
            )
            for paper in Paper
        ),
        found.holds,
    )


def _facts(ticked: Any) -> frozenset[Fact]:
    return frozenset(fact for fact in Fact for value in ticked if fact in value.split())


async def old_enough(database: Database, seals: Seals, of: str, until: datetime) -> AsyncIterator[Reckoned]:
    """The closed incidents that any time may be over of by then, those that happened first before the others."""
    after: tuple[datetime, str] | None = None
    async with database.read() as tx:
        rules = await rules_of(tx, of)
    while True:
        async with database.read() as tx:
            some = await retentionstore.old(tx, of, until - rules.book.shortest(*Paper), after, MOST_AT_ONCE)
            found = [await reckoned(tx, seals, of, which, rules) for _, which in some]
        for one in found:
            if one is not None:
                yield one
        if len(some) < MOST_AT_ONCE:
            return
        after = some[-1]


class Retention:
    """Deletes what is due in every institution; whichever hub is first does it, and the second finds nothing."""

    def __init__(self, database: Database, clock: Clock, seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self.seals = seals

    async def run(self) -> None:
        while True:
            if await self.look():
                while not await self._database.sweep():
                    await self._clock.sleep_until(self._clock.now() + SWEEP_AGAIN)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> int:
        """Deletes everything that is due now; how much there was."""
        async with self._database.read() as tx:
            known = await institutions(tx)
        return sum([await self._look_at(of) for of in known])

    async def _look_at(self, of: str) -> int:
        now = self._clock.now()
        async with self._database.read() as tx:
            rules = await rules_of(tx, of)
        found = [one async for one in old_enough(self._database, self.seals, of, now) if any(one.gone(now))]
        count = 0
        for one in found:
            erase = partial(self.erase, of=of, which=one.incident.id, rules=rules)
            count += await self._database.submit(erase, of, can_wait=True)
        count += await self._erase_talks(of, rules)
        others = partial(self._erase_others, of=of, book=rules.book)
        while small := await self._database.submit(others, of, can_wait=True):
            count += small
        return count

    async def _erase_talks(self, of: str, rules: Rules) -> int:
        now, count = self._clock.now(), 0
        async for one in talks.old_enough(self._database, of, now, rules):
            if one.due.stage(now) is Stage.DUE:
                erase = partial(talks.erase, now=now, of=of, which=one.conversation.id, rules=rules)
                count += await self._database.submit(erase, of, can_wait=True)
        while count and await Tidying(self._database, self._clock).look():
            pass
        return count

    async def erase(self, tx: Transaction, of: str, which: str, rules: Rules) -> bool:
        """Deletes what is due of one incident, unless that has changed meanwhile; the journal keeps that it was."""
        now, record = self._clock.now(), await reckoned(tx, self.seals, of, which, rules)
        papers, whole = record.gone(now) if record is not None else (frozenset(), False)
        if record is None or not (papers or whole):
            return False
        tasks = await taskstore.tasks(tx, of, which)
        for task in tasks:
            if whole or task.paper in papers:
                await outbox.erase(tx, of, about(task))
        texts = sum([await retentionstore.erase_paper(tx, of, which, paper) for paper in Paper if paper in papers])
        if Paper.CASE in papers or whole:
            await unlink_all(tx, of, which)
        notes = await self._erase_whole(tx, record.incident) if whole else 0
        facts = {
            "papers": sorted(papers),
            "whole": whole,
            "texts": texts,
            "notes": notes,
            "closed": micros(record.papers[0].closed_at),
            "by": [talks.grounds(one) for one in record.written if whole or one.paper in papers],
        }
        await journal.append(tx, of, now, "incident_erased", subject(which), None, facts)
        return True

    async def _erase_whole(self, tx: Transaction, incident: Incident) -> int:
        of = incident.institution
        notes = sum([await notestore.erase_notes(tx, of, alarm) for alarm in incident.alarms])
        for alarm in incident.alarms:
            await outbox.erase(tx, of, alarm)
        rows = [entry.seq for entry in await journal.about(tx, of, subject(incident.id))]
        await retentionstore.erase_whole(tx, of, incident.id, incident.alarms, rows)
        return notes

    async def _erase_others(self, tx: Transaction, of: str, book: RetentionBook) -> int:
        """What has a time of its own: drills' notes, searched words, drafts, who moved, past risks, who is outside."""
        now = self._clock.now()
        until = {one: now - book.term(one, (), now.date()).span for one in Other}
        drills = await notestore.drills_with_notes(tx, of, until[Other.DRILL], MOST_AT_ONCE)
        for which in drills:
            await notestore.erase_notes(tx, of, which)
        searched = await retentionstore.searches(tx, of, until[Other.SEARCH], MOST_AT_ONCE)
        await retentionstore.erase_remarks(tx, of, searched)
        drafts = await retentionstore.erase_drafts(tx, of, until[Other.DRAFT])
        drafts += await messages.erase_drafts(tx, of, until[Other.DRAFT])
        moved = await citizens.gone(tx, of, until[Other.CITIZEN], MOST_AT_ONCE)
        await citizens.erase(tx, of, moved)
        past = await citizens.erase_past(tx, of, until[Other.RISK])
        left = await messages.gone(tx, of, now, until[Other.OUTSIDE], MOST_AT_ONCE)
        await messages.forget(tx, of, left)
        post = await messages.erase_post(tx, of, until[Other.ABOUT_NOTHING])
        rest = {"citizens": moved, "risks": past, "outside": left, "post": post}
        if count := len(drills) + len(searched) + drafts + len(moved) + past + len(left) + post:
            facts: dict[str, Any] = {"drills": list(drills), "searches": searched, "drafts": drafts}
            facts |= {name: value for name, value in rest.items() if value}
            await journal.append(tx, of, now, "words_erased", "retention", None, facts)
        return count
