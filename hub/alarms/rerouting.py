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
# While no alarm is open: one that this hub writes wakes it, one that another hub wrote is looked after there.
IDLE_LOOK_EVERY = timedelta(seconds=15)


class Rerouting:
    """Looks at the open alarms of an institution whenever who is on duty there has changed."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, duties: DutyCache) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._duties = duties
        self._seen: dict[str, Duty] = {}
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, RosterChanged | SiteSetUp) or _raised(fact) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            every = LOOK_EVERY if await self.look() else IDLE_LOOK_EVERY
            await woken(self._sooner, self._clock, self._clock.now() + every)

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


def _raised(fact: object) -> bool:
    return isinstance(fact, Entry) and fact.event == "raised"
