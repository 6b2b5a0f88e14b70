"""The clock of those who are alone: it is the hub that keeps it, so it runs on when a phone has died."""

import asyncio
from datetime import datetime

from hub.clock import Clock
from hub.lone import store
from hub.lone.actions import Due, Lone
from hub.storage.database import Database
from hub.storage.waking import Waking

MOST_AT_ONCE = 200


class LoneClock:
    """Reminds, warns and raises the alarm, one transaction each; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, lone: Lone) -> None:
        self._database = database
        self._clock = clock
        self._lone = lone
        self._waking = Waking(database, clock, store.next_due, _due_at)

    async def run(self) -> None:
        """Goes on for ever, waking at the earliest due time."""
        while True:
            await self.catch_up()
            await self._waking.wait()

    async def catch_up(self) -> None:
        """Does all that is due now."""
        while True:
            async with self._database.read() as tx:
                due = await store.due(tx, self._clock.now(), MOST_AT_ONCE)
            if not due:
                return
            await asyncio.gather(*(self._lone.come_due(institution, which) for institution, which in due))


def _due_at(fact: object) -> datetime | None:
    return fact.at if isinstance(fact, Due) else None
