"""What is recorded of incidents and handed over: a signed one gets its records, and each goes to its case system."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from hub.cases import gathering, register, registerstore
from hub.cases.practice import OF_PAPER, Sort, Target
from hub.cases.recording import Record, Say
from hub.cases.register import Entry
from hub.clock import Clock, woken
from hub.incidents import store as incidents
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.cache import SiteCache
from hub.ports import CaseSystem, Handed, Never, NotNow
from hub.storage import journal, outbox
from hub.storage.database import Database, Transaction
from hub.storage.outbox import Parcel

LOOK_EVERY = timedelta(seconds=10)
MOST_AT_ONCE = 50
# Longer than any case system may take: a hub that died lets its parcels go again after this.
PATIENCE, LEASE = 30.0, timedelta(seconds=60)
SIGNED, ERASED, TAGGED = "incident_signed", "incident_erased", "case_tagged"
FOLLOWED = frozenset({SIGNED, ERASED, TAGGED})


def parcel(entry: Entry, now: datetime) -> Parcel:
    """The entry on its way; the same version is the same parcel."""
    target, about = entry.target.value, f"{outbox.CASES}{entry.record.id}"
    return Parcel(entry.institution, about, target, f"{outbox.CASES}{target}", entry.version, "", now)


class HandOver:
    """Records what is signed and hands it over; the alarm never waits for it."""

    def __init__(self, database: Database, clock: Clock, seals: Seals, sites: SiteCache, say: Say) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals
        self._sites = sites
        self._say = say
        self.systems: dict[Target, CaseSystem] = {}
        """Those that this hub can write to; what is for another waits for a person."""
        self._looked: dict[str, int] = {}
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            signed = isinstance(fact, journal.Entry) and fact.event in FOLLOWED
            if signed or (isinstance(fact, outbox.Posted) and fact.channel.startswith(outbox.CASES)):
                self._sooner.set()

    async def run(self) -> None:
        while True:
            await self.look()
            await woken(self._sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Records what was signed since, and sends what is due."""
        async with self._database.read() as tx:
            heads, seen = await journal.heads(tx), await registerstore.cursors(tx)
        for of, head in heads.items():
            after = max(self._looked.get(of, 0), seen.get(of, 0))
            while after < head:
                async with self._database.read() as tx:
                    found = await journal.after_of(tx, of, after, MOST_AT_ONCE, FOLLOWED)
                reached = found[-1].seq if len(found) == MOST_AT_ONCE else head
                if found:
                    follow = partial(self._follow, of=of, found=found, reached=reached)
                    await self._database.submit(follow, of, can_wait=True)
                after = reached
            self._looked[of] = head
        for target, system in self.systems.items():
            await self._send(target, system)

    async def _follow(self, tx: Transaction, of: str, found: Sequence[journal.Entry], reached: int) -> None:
        for entry in found:
            which = (entry.subject or "").partition(":")[2]
            if entry.event == ERASED:
                await self._forget(tx, of, which, entry)
            elif entry.event == TAGGED or entry.facts.get("locked"):
                await self.record(tx, of, which, None, signed=entry.event == SIGNED)
        await registerstore.move_cursor(tx, of, reached)

    async def record(self, tx: Transaction, of: str, which: str, by: str | None, *, signed: bool = True) -> None:
        """Records an incident as its municipality does; one that is not recorded yet waits until it is signed."""
        found, now = await incidents.find(tx, of, which), self._clock.now()
        seal = await self._seals.to_write(tx)
        known = {one.record.id: one for one in await registerstore.of_incident(tx, seal, of, which)}
        if found is None or not (signed or known):
            return
        site = await self._sites.get(tx, of)
        facts = await gathering.facts_of(tx, seal, site, found)
        for made in (await gathering.basis(tx, site)).records(facts, self._say):
            entry = register.anew(known.get(made.out.id), _entry(of, which, made, now))
            if entry is None:
                continue
            await registerstore.keep(tx, seal, entry)
            told = {"record": entry.record.id, "kle": entry.record.kle.number, "version": entry.version}
            told |= {"sort": entry.sort.value, "target": entry.target.value}
            await journal.append(tx, of, now, "case_recorded", subject(which), by, told)
            await self.post(tx, entry, now)

    async def post(self, tx: Transaction, entry: Entry, now: datetime) -> None:
        """Puts an entry on its way, if it waits for nothing and there is a way."""
        if entry.target in self.systems and not entry.waits:
            await outbox.add(tx, [parcel(entry, now)])

    async def _forget(self, tx: Transaction, of: str, which: str, entry: journal.Entry) -> None:
        over = entry.facts["papers"]
        for sort in Sort:
            if entry.facts["whole"] or OF_PAPER[sort].value in over:
                await registerstore.forget(tx, of, which, sort)

    async def _send(self, target: Target, system: CaseSystem) -> None:
        now, channel = self._clock.now(), f"{outbox.CASES}{target.value}"
        taking = partial(outbox.take, channel=channel, now=now, lease=LEASE, most=MOST_AT_ONCE)
        for one in await self._database.write(taking):
            await self._carry(one, system)

    async def _carry(self, one: Parcel, system: CaseSystem) -> None:
        which = one.subject.removeprefix(outbox.CASES)
        async with self._database.read() as tx:
            entry = await registerstore.find(tx, await self._seals.to_read(tx), one.institution, which)
        if entry is None or entry.version != one.round or not entry.open:
            await self._database.write(
                partial(outbox.done, parcel=one, outcome="cancelled", detail=None, now=self._clock.now()),
                of=one.institution,
            )
            return
        try:
            async with asyncio.timeout(PATIENCE):
                said: Handed | Never | NotNow = await system.take(entry.record, entry.version)
        except (Never, NotNow) as fault:
            said = fault
        except TimeoutError:
            said = NotNow("The case system did not answer in time.")
        await self._database.write(partial(self._told, one=one, said=said), of=one.institution)

    async def _told(self, tx: Transaction, one: Parcel, said: Handed | Never | NotNow) -> None:
        now, which = self._clock.now(), one.subject.removeprefix(outbox.CASES)
        if isinstance(said, NotNow):
            wait = register.later(one.attempts + 1, said.retry_after)
            await outbox.later(tx, one, now + wait, said.detail[:200])
            return
        seal = await self._seals.to_write(tx)
        entry = await registerstore.find(tx, seal, one.institution, which)
        await outbox.done(tx, one, "failed" if isinstance(said, Never) else "sent", None, now)
        if entry is None or entry.version != one.round or not entry.open:
            return
        if isinstance(said, Never):
            after = register.refused(entry, said.detail, now)
        else:
            after = register.answered(entry, said, now)
        await registerstore.keep(tx, seal, after)
        facts = {"record": which, "version": entry.version, "answer": after.answer.value if after.answer else None}
        await journal.append(tx, one.institution, now, "case_answered", subject(entry.incident), None, facts)


def _entry(of: str, which: str, made: Record, now: datetime) -> Entry:
    return Entry(of, which, made.sort, made.area, made.target, made.out, 1, now, waits=made.waits is not None)
