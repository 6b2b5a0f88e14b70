"""Watches every alarm's course from behind: what it does comes after the alarm's own path, and cannot fail it."""

import asyncio
from collections.abc import Callable, Sequence

from hub.clock import Clock
from hub.delivery.post import Carried
from hub.storage.database import Database
from hub.storage.journal import Entry
from hub.telemetry.course import Course, Lap, Leg

HeedsRow = Callable[[Entry], None]
HeedsLap = Callable[[Lap], None]


class Watch:
    """Hands each row that this process wrote of an alarm, and each lap that follows from it, to those who heed them."""

    def __init__(self, database: Database, clock: Clock, rows: Sequence[HeedsRow], laps: Sequence[HeedsLap]) -> None:
        self._clock = clock
        self._rows = rows
        self._laps = laps
        self._course = Course()
        database.listen(self._noticed)

    def followed(self, entry: Entry) -> None:
        """A journal row has been read that may be another hub's."""
        self._soon(lambda: self._tell(self._course.followed(entry)))

    def delivered(self, entries: Sequence[Entry]) -> None:
        """The frames of these rows have been written to this hub's sockets."""
        now = self._clock.now()
        self._soon(lambda: self._tell(self._course.delivered(entries, now)))

    def carried(self, one: Carried) -> None:
        """A service outside has answered for a parcel."""
        parcel = one.parcel
        lap = Lap(Leg.CARRIED, parcel.channel, parcel.institution, parcel.subject, one.began, one.ended)
        self._soon(lambda: self._tell([lap]))

    def _noticed(self, facts: Sequence[object]) -> None:
        entries = [fact for fact in facts if isinstance(fact, Entry)]
        if not entries:
            return
        now = self._clock.now()

        def heed() -> None:
            for entry in entries:
                for heeds in self._rows:
                    heeds(entry)
                self._tell(self._course.wrote(entry, now))

        self._soon(heed)

    def _tell(self, laps: Sequence[Lap]) -> None:
        for lap in laps:
            for heeds in self._laps:
                heeds(lap)

    def _soon(self, heed: Callable[[], None]) -> None:
        # On its own turn of the loop: whatever goes wrong there is logged, and nobody else's listener is missed.
        # Not the next turn but the one after: in the next, those who wait for this commit are answered.
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, heed)
