"""Sleep until the next thing in the database is due."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from hub.clock import Clock, woken
from hub.storage.database import Database, Reader

# However the clock was set: nothing is due longer than this before somebody looks.
LOOK_EVERY = timedelta(seconds=1)


class Waking:
    """Waits for the earliest due time, or for one that is written meanwhile and comes sooner."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        next_due: Callable[[Reader], Awaitable[datetime | None]],
        due_of: Callable[[object], datetime | None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._next_due = next_due
        self._due_of = due_of
        self._sooner = asyncio.Event()
        self._until: datetime | None = None
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        until = self._until
        if until is None:
            return
        for fact in facts:
            due = self._due_of(fact)
            if due is not None and due < until:
                self._sooner.set()

    async def wait(self) -> None:
        self._until = self._clock.now() + LOOK_EVERY
        async with self._database.read() as tx:
            due = await self._next_due(tx)
        if due is not None and due < self._until:
            self._until = due
        await woken(self._sooner, self._clock, self._until)
