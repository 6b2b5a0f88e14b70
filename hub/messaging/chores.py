"""Keeps urgent messages going over shift changes and until they are answered, and deletes files that nobody has."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from hub.clock import Clock, woken
from hub.messaging import attachmentstore, urgentstore
from hub.messaging.actions import Messages
from hub.messaging.attaching import LANE
from hub.messaging.conversation import Duties
from hub.messaging.urgency import Urgent
from hub.people.events import SiteSetUp
from hub.roster.events import RosterChanged
from hub.storage.database import Database

LOOK_EVERY = timedelta(seconds=1)
# While none is open: one that this hub writes ends the wait, one that another hub wrote is looked after there.
IDLE_LOOK_EVERY = timedelta(seconds=15)


class Urgency:
    """Looks at the urgent messages that are open: when their time is over, and when who is on duty has changed."""

    def __init__(self, database: Database, clock: Clock, messages: Messages) -> None:
        self._database = database
        self._clock = clock
        self._messages = messages
        self._seen: dict[tuple[str, str, int], Duties] = {}
        self._sooner = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        if any(isinstance(fact, RosterChanged | SiteSetUp | urgentstore.Opened) for fact in facts):
            self._sooner.set()

    async def run(self) -> None:
        while True:
            soon = LOOK_EVERY if await self.look() else IDLE_LOOK_EVERY
            await woken(self._sooner, self._clock, self._clock.now() + soon)

    async def look(self) -> bool:
        """Goes on with each that is due; False while none is open."""
        now = self._clock.now()
        async with self._database.read() as tx:
            waiting = await urgentstore.open_everywhere(tx)
            duties = {of: await self._messages.duties(tx, of, now) for of in {one.institution for one in waiting}}
        seen, self._seen = self._seen, {_name(one): duties[one.institution] for one in waiting}
        for one in waiting:
            due = one.due_at is not None and one.due_at <= now
            if due or seen.get(_name(one)) != duties[one.institution]:
                await self._messages.go_on(one)
        return bool(waiting)


# A file is sent before its message is: that takes minutes, on a bad day hours.
LOOSE_FOR = timedelta(days=1)
TIDY_EVERY = timedelta(hours=1)
FILES_AT_ONCE, PIECES_AT_ONCE = 20, 8


class Tidying:
    """Deletes the files that no message carries: those that never came to be sent, and those that were destroyed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        while True:
            while await self.look():
                pass
            await self._clock.sleep_until(self._clock.now() + TIDY_EVERY)

    async def look(self) -> int:
        """Deletes some of them, in steps so small that nobody waits for one; how many."""
        async with self._database.read() as tx:
            loose = await attachmentstore.loose(tx, self._clock.now() - LOOSE_FOR, FILES_AT_ONCE)
        for of, which in loose:
            drop = partial(attachmentstore.drop_some, of=of, which=which, most=PIECES_AT_ONCE)
            while not await self._database.submit(drop, LANE, can_wait=True):
                pass
        return len(loose)


def _name(one: Urgent) -> tuple[str, str, int]:
    return one.institution, one.conversation, one.number
