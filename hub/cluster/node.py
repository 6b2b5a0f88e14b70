"""One hub among several: what it tells the others, and how it learns of them."""

from collections.abc import Callable, Sequence

from hub.alarms.actions import Alarms, Heard
from hub.chores import Chores
from hub.clock import Clock
from hub.cluster.follower import Follower
from hub.cluster.hints import Hints
from hub.cluster.presence import Presence
from hub.delivery.sockets import Envelope, Sockets
from hub.people.events import SessionEnded
from hub.storage.database import Database
from hub.storage.journal import Entry


class Single:
    """The only hub on its database: it delivers what it writes, and there is nobody to follow."""

    def __init__(self, database: Database, sockets: Sockets) -> None:
        self._sockets = sockets
        database.listen(self._noticed)

    def start(self, chores: Chores) -> None: ...

    def follow(self, institution: str, cursor: int) -> None: ...

    async def passed(self, institution: str, cursor: int) -> None: ...

    def listen(self, listener: Callable[[Entry], None]) -> None: ...

    async def close(self) -> None: ...

    def _noticed(self, facts: Sequence[object]) -> None:
        self._sockets.fan_out([fact for fact in facts if isinstance(fact, Envelope)])


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
        self.follow, self.passed, self.listen = self._follower.follow, self._follower.passed, self._follower.listen
        self._hints = Hints(redis_url, name, self._follower.moved, sockets.fan_out) if redis_url else None
        database.listen(self._noticed)

    def start(self, chores: Chores) -> None:
        """Begins to tell and to listen."""
        chores.start("follower", self._follower.run)
        chores.start("presence", self._presence.run)
        if self._hints is not None:
            chores.start("speaking", self._hints.speak)
            chores.start("hints", self._hints.listen)

    async def close(self) -> None:
        """Says that its devices are not here any more, and lets go of Redis."""
        await self._presence.leave()
        if self._hints is not None:
            await self._hints.close()

    def _noticed(self, facts: Sequence[object]) -> None:
        journalled = [fact for fact in facts if isinstance(fact, Envelope) and fact.cursor is not None]
        passing = [fact for fact in facts if isinstance(fact, Envelope) and fact.cursor is None]
        self._follower.wrote(journalled)
        self._sockets.fan_out(passing)
        if self._hints is None:
            return
        self._hints.carry(passing)
        for fact in facts:
            if isinstance(fact, Heard | SessionEnded) or fact in journalled:
                self._hints.moved(fact.institution)
