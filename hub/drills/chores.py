"""The clock of drills: it begins those that were planned, and ends those that have had their time."""

from datetime import timedelta

from hub.clock import Clock
from hub.drills import store
from hub.drills.actions import Drills
from hub.storage.database import Database

LOOK_EVERY = timedelta(seconds=1)
MOST_AT_ONCE = 50


class DrillClock:
    """One transaction each; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, drills: Drills) -> None:
        self._database = database
        self._clock = clock
        self._drills = drills

    async def run(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await store.due(tx, self._clock.now(), MOST_AT_ONCE)
            for drill in due:
                await self._drills.come_due(drill)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)
