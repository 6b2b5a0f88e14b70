"""Follows the roster for the alarms that are open: who comes on duty hears of them the same second."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hub.alarms import store
from hub.alarms.actions import Alarms
from hub.clock import Clock, woken
from hub.people.events import SiteSetUp
from hub.roster.cache import DutyCache
from hub.roster.events import RosterChanged
from hub.roster.shift import Duty
from hub.storage.database import Database
from hub.storage.journal import Entry

LOOK_EVERY = timedelta(seconds=1)
# While no alarm is open: one that this hub writes ends the wait, one that another hub wrote is looked after there.
IDLE_LOOK_EVERY = timedelta(seconds=15)


class Rerouting:
    """Looks at the open alarms of an institution whenever who is on duty there has changed."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, duties: DutyCache) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._duties = duties
        self._seen: dict[str, Duty] = {}
        self._changed = asyncio.Event()
        self._open = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, RosterChanged | SiteSetUp):
                self._changed.set()
                self._open.set()
            elif isinstance(fact, Entry) and fact.event == "raised":
                self._open.set()

    async def run(self) -> None:
        while True:
            if not await self.look():
                await woken(self._open, self._clock, self._clock.now() + IDLE_LOOK_EVERY)
            # A press is no reason to look at once: who is on duty then has been told, and many press together.
            await woken(self._changed, self._clock, self._clock.now() + LOOK_EVERY)

    async def look(self) -> bool:
        """Tells the newcomers wherever duty is not what it was at the last look; False while no alarm is open."""
        now = self._clock.now()
        changed: dict[str, Duty] = {}
        async with self._database.read() as tx:
            alarms = await store.open_everywhere(tx)
            for institution in {of for of, _ in alarms}:
                # The cache gives the same object until a shift begins or ends, or the roster changes.
                duty = await self._duties.get(tx, institution, now)
                if self._seen.get(institution) is not duty:
                    changed[institution] = duty
        await asyncio.gather(*(self._alarms.reroute(of, one) for of, one in alarms if of in changed))
        self._seen |= changed
        return bool(alarms)
