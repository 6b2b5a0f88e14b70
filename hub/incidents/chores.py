"""The clock of incidents: every alarm that is over gets its record, also one that ended while no hub ran."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hub.clock import Clock, woken
from hub.incidents import amountstore, store
from hub.incidents.actions import Incidents
from hub.incidents.amounts import Amount, amount_of
from hub.people.cache import SiteCache
from hub.storage import journal
from hub.storage.database import Database, Transaction
from hub.storage.journal import Entry

LOOK_EVERY = timedelta(seconds=10)
MOST_AT_ONCE = 200
OVER = "resolved"


class Recording:
    """Reads the journals for alarms that are over, each from where it stopped; twice finds nothing new."""

    def __init__(self, database: Database, clock: Clock, incidents: Incidents) -> None:
        self._database = database
        self._clock = clock
        self._incidents = incidents
        self._counting = Counting(database, incidents.sites)
        self._looked: dict[str, int] = {}
        self._over = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, Entry) and fact.event == OVER for fact in facts):
            self._over.set()

    async def run(self) -> None:
        count_at = self._clock.now()
        while True:
            await self.look()
            # Statistics can wait: many that end at once are counted together.
            if self._clock.now() >= count_at:
                await self._counting.look()
                count_at = self._clock.now() + LOOK_EVERY
            await woken(self._over, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Opens the incidents of all alarms that have ended since."""
        async with self._database.read() as tx:
            reached, kept = await journal.heads(tx), await store.cursors(tx)
        for of, head in reached.items():
            after = max(self._looked.get(of, 0), kept.get(of, 0))
            while after < head:
                async with self._database.read() as tx:
                    over = await journal.after_of(tx, of, after, MOST_AT_ONCE, frozenset({OVER}))
                for entry in over:
                    await self._database.submit(partial(self._open, entry=entry), of=of, can_wait=True)
                after = over[-1].seq if len(over) == MOST_AT_ONCE else head
            self._looked[of] = after

    async def _open(self, tx: Transaction, entry: Entry) -> None:
        await self._incidents.open_for(tx, entry.institution, entry.subject or "")
        await store.move_cursor(tx, entry.institution, entry.seq)


class Counting:
    """Keeps what each alarm that is over amounted to, for statistics: from the journal, as often as one likes."""

    def __init__(self, database: Database, sites: SiteCache) -> None:
        self._database = database
        self._sites = sites
        self._looked: dict[str, int] = {}

    async def look(self) -> None:
        """Counts what has ended since."""
        async with self._database.read() as tx:
            reached, kept = await journal.heads(tx), await amountstore.reached(tx)
        for of, head in reached.items():
            after = max(self._looked.get(of, 0), kept.get(of, 0))
            while after < head:
                found, after = await self._after(of, after, head)
                if found:
                    await self._database.submit(partial(_keep, of=of, found=found, seq=after), of=of, can_wait=True)
            self._looked[of] = after

    async def anew(self, of: str) -> None:
        """Lets go of what was counted, and counts all of it again."""
        await self._database.write(partial(amountstore.forget, of=of), of=of)
        self._looked.pop(of, None)
        await self.look()

    async def _after(self, of: str, after: int, head: int) -> tuple[list[Amount], int]:
        # Read beside the writer, so that no alarm waits for what was.
        async with self._database.read() as tx:
            over = await journal.after_of(tx, of, after, MOST_AT_ONCE, frozenset({OVER}))
            zone = ZoneInfo((await self._sites.get(tx, of)).institution.timezone) if over else ZoneInfo("UTC")
            amounts = [amount_of(await journal.about(tx, of, one.subject or ""), zone) for one in over]
        found = [one for one in amounts if one is not None]
        return found, over[-1].seq if len(over) == MOST_AT_ONCE else head


async def _keep(tx: Transaction, of: str, found: Sequence[Amount], seq: int) -> None:
    await amountstore.put(tx, found)
    await amountstore.reach(tx, of, seq)
