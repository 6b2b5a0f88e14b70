"""One hub among several: what it tells the others, and how it learns of them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.alarms.actions import Alarms, Heard
from hub.chores import Chores
from hub.clock import Clock
from hub.cluster.follower import Follower, Tells
from hub.cluster.presence import Presence
from hub.delivery.sockets import Envelope, Sockets
from hub.errors import Unavailable
from hub.people.events import SessionEnded
from hub.storage.database import Database
from hub.storage.journal import Entry

Delivered = Callable[[Sequence[Entry]], None]

if TYPE_CHECKING:
    from hub.cluster.hints import Hints
    from hub.cluster.queue import Wakes

# Where workers do the sending, the hubs send what none of them took in time.
BEHIND_WORKERS = timedelta(seconds=2)


class Single:
    """The only hub on its database: it delivers what it writes, and there is nobody to follow."""

    hints: "Hints | None" = None
    behind = timedelta()

    def __init__(self, database: Database, sockets: Sockets) -> None:
        self._sockets = sockets
        self._delivered: list[Delivered] = []
        self.tell = sockets.fan_out
        database.listen(self._noticed)

    def start(self, chores: Chores) -> None: ...

    def follow(self, institution: str, cursor: int) -> None: ...

    async def passed(self, institution: str, cursor: int) -> None: ...

    def listen(self, listener: Callable[[Entry], None]) -> None: ...

    def tells(self, made: Tells) -> None: ...

    def delivered(self, listener: Delivered) -> None:
        """Calls `listener` with the rows of alarms whose frames have gone out."""
        self._delivered.append(listener)

    def workerless(self) -> bool:
        """It sends by itself, and misses nobody."""
        return False

    async def close(self) -> None: ...

    def _noticed(self, facts: Sequence[object]) -> None:
        self._sockets.fan_out([fact for fact in facts if isinstance(fact, Envelope)])
        if entries := [fact for fact in facts if isinstance(fact, Entry)]:
            for listener in self._delivered:
                listener(entries)


class Node:
    """Shares the database with other hubs; without Redis it hears of their news a second later."""

    def __init__(
        self,
        name: str,
        redis_url: str | None,
        database: Database,
        clock: Clock,
        alarms: Alarms,
        sockets: Sockets,
        presence: Presence,
    ) -> None:
        self._sockets = sockets
        self._presence = presence
        self._follower = Follower(database, clock, alarms, sockets)
        self.follow, self.passed = self._follower.follow, self._follower.passed
        self.listen, self.delivered = self._follower.listen, self._follower.delivered
        self.tells = self._follower.tells
        self.hints: Hints | None = None
        self._wakes: Wakes | None = None
        self.behind = timedelta()
        if redis_url is not None:
            self.hints, self._wakes = self._over(redis_url, name, clock)
            self.behind = BEHIND_WORKERS
            database.listen(self._wakes.noticed)
        database.listen(self._noticed)

    def _over(self, redis_url: str, name: str, clock: Clock) -> "tuple[Hints, Wakes]":
        # Imported only where they are set up: they take a good part of the time that all the rest takes to load.
        from hub.cluster.hints import Hints  # noqa: PLC0415
        from hub.cluster.queue import Wakes  # noqa: PLC0415

        hints = Hints(redis_url, name, clock, self._follower.moved, self._sockets.fan_out)
        return hints, Wakes(redis_url, clock, lambda: hints.workers > 0)

    def start(self, chores: Chores) -> None:
        """Begins to tell and to listen."""
        chores.start("follower", self._follower.run)
        chores.start("presence", self._presence.run)
        if self.hints is not None:
            chores.start("speaking", self.hints.speak)
            chores.start("hints", self.hints.listen)
        if self._wakes is not None:
            chores.start("wakes", self._wakes.run)

    def workerless(self) -> bool:
        """Whether workers should do the sending, and none has been heard of lately."""
        return self.hints is not None and self.hints.alone

    async def close(self) -> None:
        """Says that its devices are not here any more, and lets go of Redis."""
        # Its lines run out by themselves: what else is open must not stay so because the database is gone.
        with suppress(Unavailable):
            await self._presence.leave()
        if self.hints is not None:
            await self.hints.close()
        if self._wakes is not None:
            await self._wakes.close()

    def tell(self, envelopes: Sequence[Envelope]) -> None:
        """Delivers frames that stand in no journal, here and elsewhere."""
        self._sockets.fan_out(envelopes)
        if self.hints is not None:
            self.hints.carry(envelopes)

    def _noticed(self, facts: Sequence[object]) -> None:
        envelopes = [fact for fact in facts if isinstance(fact, Envelope)]
        journalled = [one for one in envelopes if one.cursor is not None]
        self._follower.wrote(journalled)
        self.tell([one for one in envelopes if one.cursor is None])
        if self.hints is not None:
            others = [fact for fact in facts if isinstance(fact, Heard | SessionEnded)]
            for institution in {one.institution for one in (*journalled, *others)}:
                self.hints.moved(institution)
