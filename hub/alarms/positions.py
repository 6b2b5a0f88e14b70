"""Where the one who needs help is: the newest position only, and only until the all clear."""

from asyncio import Future
from dataclasses import replace

from hub.alarms import events, store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Closed
from hub.alarms.audience import encode
from hub.alarms.trigger import Position
from hub.clock import Clock
from hub.delivery.sockets import Envelope, text_frame
from hub.errors import Forbidden, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.store import principal
from hub.storage.database import Database, Transaction


class Positions:
    """Follows raisers while their alarms last."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms

    def locate(self, token: str, which: str, position: Position) -> "Future[None]":
        """Keeps where the raiser is now, and shows it to those who were told."""

        async def action(tx: Transaction) -> None:
            await self.move(tx, await principal(tx, token, self._clock.now()), which, position)

        return self._database.submit(action, of=self._alarms.order(token))

    async def move(self, tx: Transaction, by: Principal, which: str, position: Position) -> None:
        """The same within a transaction of the caller's."""
        alarm = await store.find(tx, by.institution, which)
        if alarm is None or not access.may_see_alarm(by, alarm.unit, alarm.raised_by, alarm.told):
            raise NotFound("No such alarm here.")
        if by.name != alarm.raised_by:
            raise Forbidden("Only the one who raised the alarm is located.")
        if not alarm.open:
            raise Closed("The alarm has had its all clear: nobody is located any more.")
        await store.locate(tx, alarm.institution, alarm.id, position)
        setting = await self._alarms.setting(tx, alarm.institution)
        shown = events.alarm_json(replace(alarm, position=position), setting.site)["position"]
        frame = {"type": "position", "alarm": alarm.id, "position": shown}
        screens = setting.screens_in(alarm.unit)
        tx.announce(Envelope(alarm.institution, None, tuple(alarm.told), screens, text_frame(encode(frame))))
