"""What is recorded of incidents and handed over: a signed one gets its records, and each goes to its case system."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from hub.cases import gathering, keeping, register, registerstore
from hub.cases.gathering import Basis
from hub.cases.practice import OF_PAPER, Sort
from hub.cases.recording import Record, Say
from hub.cases.register import Entry
from hub.cases.sending import Sending, parcel
from hub.cases.ways import Ways
from hub.clock import Clock, woken
from hub.incidents import store as incidents
from hub.incidents.sealing import Seals
from hub.incidents.tasks import subject
from hub.people.cache import SiteCache
from hub.people.store import institutions
from hub.storage import journal, outbox
from hub.storage.database import Database, Transaction
from hub.storage.vault import Vault

LOOK_EVERY = timedelta(seconds=10)
MOST_AT_ONCE = 50
SIGNED, ERASED, TAGGED = "incident_signed", "incident_erased", "case_tagged"
LINKED = frozenset({"citizen_linked", "citizen_unlinked"})
FOLLOWED = frozenset({SIGNED, ERASED, TAGGED}) | LINKED | keeping.MOVED


class HandOver:
    """Records what is signed and hands it over; the alarm never waits for it."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, sites: SiteCache, say: Say) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._seals = Seals(vault)
        self._sites = sites
        self._say = say
        self.ways = Ways()
        """Those that this hub has; what is for another waits for a person."""
        self.sending = Sending(database, clock, self._seals, vault, self.ways, say)
        self._looked: dict[str, int] = {}
        self._signed, self._posted = asyncio.Event(), asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, journal.Entry) and fact.event in FOLLOWED:
                self._signed.set()
            if isinstance(fact, outbox.Posted) and self._goes_now(fact):
                self._posted.set()

    def _goes_now(self, posted: outbox.Posted) -> bool:
        """What is put off comes up by itself."""
        return posted.channel.startswith(outbox.CASES) and posted.due_at <= self._clock.now()

    async def run(self) -> None:
        """Records and sends, each without waiting for the other."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again_and_again(self.catch_up, self._signed))
            group.create_task(self._again_and_again(self.send, self._posted))

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], sooner: asyncio.Event) -> None:
        while True:
            await work()
            await woken(sooner, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Records what was signed since, and sends what is due."""
        await self.send()
        await self.catch_up()
        await self.send()

    async def catch_up(self) -> None:
        """Records what the journals say was signed, numbered anew or deleted since."""
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

    async def send(self) -> None:
        """Opens what ways there are, and sends what is due."""
        for way in await self.ways.look(self._database, self._vault):
            await self.sending.connected(await self._houses(way.municipality), way.target)
        await self.sending.look()

    async def _houses(self, municipality: str) -> list[str]:
        async with self._database.read() as tx:
            sites = [await self._sites.get(tx, of) for of in await institutions(tx)]
        return [one.institution.id for one in sites if one.institution.municipality == municipality]

    async def _follow(self, tx: Transaction, of: str, found: Sequence[journal.Entry], reached: int) -> None:
        if (await registerstore.cursors(tx)).get(of, 0) >= reached:
            return  # another hub was quicker
        site = await self._sites.get(tx, of)
        ground = await gathering.basis(tx, site)
        for entry in found:
            which = (entry.subject or "").partition(":")[2]
            if entry.event == ERASED:
                await self._forget(tx, of, which, entry)
            elif entry.event == TAGGED or entry.facts.get("locked"):
                await self.record(tx, of, which, None, signed=entry.event == SIGNED, ground=ground)
            elif entry.event in LINKED:
                await self.record(tx, of, str(entry.facts["incident"]), None, signed=False, ground=ground)
        moved = dict.fromkeys((one.subject or "").partition(":")[2] for one in found if one.event in keeping.MOVED)
        for which in moved:
            await keeping.follow(tx, await self._seals.to_write(tx), site, of, which, self._clock.now())
        await registerstore.move_cursor(tx, of, reached)

    async def record(
        self, tx: Transaction, of: str, which: str, by: str | None, *, signed: bool = True, ground: Basis | None = None
    ) -> None:
        """Records an incident as its municipality does; one that is not recorded yet waits until it is signed."""
        found, now = await incidents.find(tx, of, which), self._clock.now()
        seal = await self._seals.to_write(tx)
        known = {one.record.id: one for one in await registerstore.of_incident(tx, seal, of, which)}
        if found is None or not (signed or known):
            return
        site = await self._sites.get(tx, of)
        facts = await gathering.facts_of(tx, seal, site, found)
        for made in (ground or await gathering.basis(tx, site)).records(facts, self._say):
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
        if self.ways.of_entry(entry) is not None and not entry.waits:
            await outbox.add(tx, [parcel(entry, now)])

    async def _forget(self, tx: Transaction, of: str, which: str, entry: journal.Entry) -> None:
        over, seal = entry.facts["papers"], await self._seals.to_write(tx)
        for sort in Sort:
            if entry.facts["whole"] or OF_PAPER[sort].value in over:
                await keeping.forget(tx, seal, of, which, sort, self._clock.now())


def _entry(of: str, which: str, made: Record, now: datetime) -> Entry:
    return Entry(of, which, made.sort, made.area, made.target, made.out, 1, now, waits=made.waits is not None)
