"""The alarm's own clock, and what its raiser is told of without an event: who has heard it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from structlog.contextvars import bind_contextvars

from hub.alarms import store
from hub.alarms.actions import Alarms, Heard, Moved
from hub.alarms.audience import encode
from hub.alarms.events import heard_by
from hub.clock import Clock
from hub.delivery.receipts import Stage, counts
from hub.delivery.sockets import Envelope, Sockets, text_frame
from hub.errors import Unavailable
from hub.storage.database import Database
from hub.storage.journal import Entry
from hub.storage.waking import Waking

MOST_AT_ONCE = 200
# Receipts of one alarm within this time make one frame to its raiser.
GATHER = timedelta(milliseconds=100)


class Escalation:
    """Takes each alarm whose time has come, one transaction each; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._waking = Waking(database, clock, store.next_due, _escalates_at)

    async def run(self) -> None:
        """Escalates for ever, waking at the earliest deadline."""
        while True:
            await self.catch_up()
            await self._waking.wait()

    async def catch_up(self) -> None:
        """Escalates all that is due now."""
        while True:
            async with self._database.read() as tx:
                due = await store.due(tx, self._clock.now(), MOST_AT_ONCE)
            if not due:
                return
            done = [self._alarms.escalate(institution, alarm) for institution, alarm in due]
            for (_, alarm), result in zip(due, await asyncio.gather(*done, return_exceptions=True), strict=True):
                if isinstance(result, BaseException):
                    bind_contextvars(alarm=alarm)
                    raise result


def _escalates_at(fact: object) -> datetime | None:
    return fact.escalates_at if isinstance(fact, Moved) else None


class HeardNews:
    """Tells raisers how many have heard them, soon after the receipts and not once for each."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, sockets: Sockets) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._sockets = sockets
        self._news: dict[Heard, None] = {}
        self._some = asyncio.Event()
        database.listen(self._noticed)

    def _noticed(self, facts: Sequence[object]) -> None:
        for fact in facts:
            if isinstance(fact, Heard):
                self._news[fact] = None
                self._some.set()

    def followed(self, entry: Entry) -> None:
        """Another hub has taken a receipt."""
        if entry.event in (Stage.RECEIVED, Stage.SHOWN) and entry.subject is not None:
            self._noticed([Heard(entry.institution, entry.subject)])

    async def run(self) -> None:
        while True:
            await self._some.wait()
            await self._clock.sleep_until(self._clock.now() + GATHER)
            self._some.clear()
            news, self._news = self._news, {}
            while news:
                heard, _ = news.popitem()
                bind_contextvars(alarm=heard.alarm)
                try:
                    await self._tell(heard)
                except Unavailable:
                    # Told when the database is back, and this chore with it.
                    self._noticed([heard, *news])
                    raise

    async def _tell(self, heard: Heard) -> None:
        async with self._database.read() as tx:
            alarm = await store.find(tx, heard.institution, heard.alarm)
            if alarm is None or alarm.under_duress:
                return
            setting = await self._alarms.setting(tx, heard.institution)
        frame = {
            "type": "heard",
            "alarm": alarm.id,
            "deliveries": counts(alarm.told.values()),
            "by": heard_by(setting.site, alarm.told),
        }
        raiser = (alarm.raised_by,)
        self._sockets.fan_out([Envelope(alarm.institution, None, raiser, raiser, text_frame(encode(frame)))])
