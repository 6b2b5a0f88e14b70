"""Keeps urgent messages going: over a shift change to those who come, and back to those who have not answered."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hub.clock import Clock, woken
from hub.messaging import urgentstore
from hub.messaging.actions import Messages
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


def _name(one: Urgent) -> tuple[str, str, int]:
    return one.institution, one.conversation, one.number
