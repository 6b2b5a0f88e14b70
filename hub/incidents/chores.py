"""The clock of incidents: every alarm that is over gets its record, also one that ended while no hub ran."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from hub.clock import Clock, woken
from hub.incidents import store
from hub.incidents.actions import Incidents
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
        self._looked: dict[str, int] = {}
        self._over = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, Entry) and fact.event == OVER for fact in facts):
            self._over.set()

    async def run(self) -> None:
        while True:
            await self.look()
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
