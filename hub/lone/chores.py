"""The clock of those who are alone: it is the hub that keeps it, so it runs on when a phone has died."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.clock import Clock, woken
from hub.lone import store
from hub.lone.actions import Due, Lone
from hub.storage.database import Database

# However the clock was set: no session is due longer than this before somebody looks.
LOOK_EVERY = timedelta(seconds=1)
MOST_AT_ONCE = 200


class LoneClock:
    """Reminds, warns and raises the alarm, one transaction each; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, lone: Lone) -> None:
        self._database = database
        self._clock = clock
        self._lone = lone
        self._sooner = asyncio.Event()
        self._until: datetime | None = None
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        until = self._until
        if until is None:
            return
        for fact in facts:
            if isinstance(fact, Due) and fact.at is not None and fact.at < until:
                self._sooner.set()

    async def run(self) -> None:
        """Goes on for ever, waking at the earliest due time."""
        while True:
            await self.catch_up()
            await self._wait()

    async def catch_up(self) -> None:
        """Does all that is due now."""
        while True:
            async with self._database.read() as tx:
                due = await store.due(tx, self._clock.now(), MOST_AT_ONCE)
            if not due:
                return
            await asyncio.gather(*(self._lone.come_due(institution, which) for institution, which in due))

    async def _wait(self) -> None:
        self._until = self._clock.now() + LOOK_EVERY
        async with self._database.read() as tx:
            due = await store.next_due(tx)
        if due is not None and due < self._until:
            self._until = due
        await woken(self._sooner, self._clock, self._until)
