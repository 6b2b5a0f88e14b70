"""Follows the journals for this hub's sockets when other hubs write too: every frame once, in the journal's order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from hub.alarms import events, store
from hub.alarms.actions import Alarms
from hub.alarms.alarm import Alarm
from hub.alarms.audience import followed
from hub.clock import Clock, woken
from hub.delivery.sockets import Envelope, Sockets
from hub.storage import journal
from hub.storage.database import Database, Reader
from hub.storage.journal import Entry

# With every hint lost: how old another hub's news may get.
LOOK_EVERY = timedelta(seconds=1)
MOST_AT_ONCE = 500

# The frames of a row that is no alarm's.
Tells = Callable[[Reader, Entry], Awaitable[Sequence[Envelope]]]


class Follower:
    """Delivers all that is new in the journals that somebody here listens to, whoever wrote it."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, sockets: Sockets) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._sockets = sockets
        self._at: dict[str, int] = {}
        self._own: dict[tuple[str, int], list[Envelope]] = {}
        self._listeners: list[Callable[[Entry], None]] = []
        self._delivered: list[Callable[[Sequence[Entry]], None]] = []
        self._tells: list[Tells] = []
        self._moved = asyncio.Event()
        self._further = asyncio.Event()

    def listen(self, listener: Callable[[Entry], None]) -> None:
        """Calls `listener` with each journal row that is no frame of this hub's own."""
        self._listeners.append(listener)

    def delivered(self, listener: Callable[[Sequence[Entry]], None]) -> None:
        """Calls `listener` with rows whose frames have gone out to this hub's sockets."""
        self._delivered.append(listener)

    def tells(self, made: Tells) -> None:
        """Delivers what `made` makes of each row that is no frame of this hub's own."""
        self._tells.append(made)

    def follow(self, institution: str, cursor: int) -> None:
        """From now on, delivers what comes after `cursor`; one that is followed already goes on where it is."""
        self._at.setdefault(institution, cursor)

    async def passed(self, institution: str, cursor: int) -> None:
        """Waits until what stands up to `cursor` has gone out: who has read it already must not hear it once more."""
        while self._at.get(institution, cursor) < cursor:
            self._moved.set()
            await self._further.wait()

    def moved(self, institution: str) -> None:
        """There is something new in an institution's journal."""
        if institution in self._at:
            self._moved.set()

    def wrote(self, envelopes: Sequence[Envelope]) -> None:
        """Takes this hub's own frames: they go out in their turn, when the rows before them have."""
        for one in envelopes:
            if one.cursor is not None and one.cursor > self._at.get(one.institution, one.cursor):
                self._own.setdefault((one.institution, one.cursor), []).append(one)
                self._moved.set()

    async def run(self) -> None:
        while True:
            await self.catch_up()
            await woken(self._moved, self._clock, self._clock.now() + LOOK_EVERY)

    async def catch_up(self) -> None:
        """Delivers all that is there now."""
        async with self._database.read() as tx:
            heads = await journal.heads(tx)
            for institution in list(self._at):
                while self._at[institution] < heads.get(institution, 0):
                    entries = await journal.after(tx, institution, self._at[institution], MOST_AT_ONCE)
                    await self._deliver(tx, institution, entries)
                    self._at[institution] = entries[-1].seq
                    # Whoever waits at this moment is woken, and sees for itself whether it is far enough.
                    self._further.set()
                    self._further.clear()

    async def _deliver(self, tx: Reader, institution: str, entries: Sequence[Entry]) -> None:
        found: list[Envelope] = []
        alarms: dict[str, Alarm | None] = {}
        for entry in entries:
            own = self._own.pop((institution, entry.seq), None)
            if own is not None:
                found += own
                continue
            for listener in self._listeners:
                listener(entry)
            for made in self._tells:
                found += await made(tx, entry)
            if entry.subject is None or entry.event not in events.FRAME_EVENTS:
                continue
            if entry.subject not in alarms:
                alarms[entry.subject] = await store.find(tx, institution, entry.subject)
            alarm = alarms[entry.subject]
            if alarm is not None:
                found += followed(entry, alarm, await self._alarms.setting(tx, institution))
        if found:
            self._sockets.fan_out(found)
            for told in self._delivered:
                told(entries)
