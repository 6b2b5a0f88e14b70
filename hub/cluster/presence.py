"""Who is connected to the other hubs: each writes its own lines down, and reads everybody else's."""

from collections.abc import Mapping
from datetime import timedelta

from hub.clock import Clock
from hub.cluster import store
from hub.cluster.store import Line
from hub.delivery.reach import SILENT_AFTER
from hub.delivery.sockets import Connection, Sockets, Vital
from hub.storage.database import Database, Transaction

LOOK_EVERY = timedelta(seconds=1)
# A quiet line is written down this often, so that it is never read as silent by the others.
AGAIN = timedelta(seconds=5)
FORGET = timedelta(minutes=5)


class Presence:
    """The devices that are connected elsewhere, as of a second ago."""

    def __init__(self, database: Database, clock: Clock, sockets: Sockets, node: str) -> None:
        self._database = database
        self._clock = clock
        self._sockets = sockets
        self._node = node
        self._written: dict[str, Line] = {}
        self._elsewhere: dict[tuple[str, str], dict[str, Vital]] = {}

    def of_person(self, institution: str, person: str) -> Mapping[str, Vital]:
        """The person's devices on other hubs, and what each last said of itself."""
        return self._elsewhere.get((institution, person), {})

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Tells the others what has changed here, and learns what has changed there."""
        now = self._clock.now()
        here = {one.id: one for one in map(_line, self._sockets) if one is not None}
        news = [one for one in here.values() if _is_news(self._written.get(one.id), one)]
        gone = [which for which in self._written if which not in here]
        if news or gone:

            async def action(tx: Transaction) -> None:
                await store.keep(tx, self._node, news, gone)
                await store.forget(tx, now - FORGET)

            await self._database.write(action)
            self._written = {which: self._written.get(which, one) for which, one in here.items()}
            self._written |= {one.id: one for one in news}
        async with self._database.read() as tx:
            lines = await store.elsewhere(tx, self._node, now - SILENT_AFTER)
        found: dict[tuple[str, str], dict[str, Vital]] = {}
        for one in lines:
            found.setdefault((one.institution, one.person), {})[one.device or one.id] = one.vital
        self._elsewhere = found

    async def leave(self) -> None:
        """Takes this hub's lines off the list, when it ends."""
        await self._database.write(lambda tx: store.keep(tx, self._node, [], list(self._written)))


def _line(one: Connection) -> Line | None:
    if one.person is None:
        return None
    vital = one.vital
    kept = Vital(vital.beat_at, vital.battery, vital.charging, vital.sound, vital.visible)
    return Line(f"{id(one):x}", one.institution, one.person, one.device, kept)


def _is_news(before: Line | None, now: Line) -> bool:
    if before is None or now.vital.beat_at - before.vital.beat_at >= AGAIN:
        return True
    said = (now.vital.battery, now.vital.charging, now.vital.sound, now.vital.visible)
    return said != (before.vital.battery, before.vital.charging, before.vital.sound, before.vital.visible)
