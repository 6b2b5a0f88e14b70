"""Carries checkpoints out of the house, each in its turn: what a way does not take is tried again until it does."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from hub.clock import Clock
from hub.ports import Channel, Never, Notice, NotNow
from hub.proof import store
from hub.proof.store import Way
from hub.storage import checkpoints
from hub.storage.checkpoints import Checkpoint
from hub.storage.database import Database, Reader

LOOK_EVERY = timedelta(seconds=10)
# Longer than any channel may take.
LEASE = timedelta(seconds=30)
AGAIN_AT_MOST = timedelta(hours=1)
# A way may be out of order so long before somebody is told.
PATIENCE = timedelta(minutes=15)

_log = structlog.get_logger("hub.proof")

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Destination:
    """A way out, and the address there that checkpoints are sent to."""

    channel: Channel
    address: str


class Carrier:
    """Sends each journal's checkpoints to every destination, in their order, and none is left out."""

    def __init__(self, database: Database, clock: Clock, to: Mapping[str, Destination], say: Say) -> None:
        self._database = database
        self._clock = clock
        self._to = to
        self._say = say

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Sends what is due; a way that fails holds up no other."""
        now = self._clock.now()
        async with self._database.read() as tx:
            made = await checkpoints.newest_of_each(tx)
            known = {(way.institution, way.name): way for way in await store.ways(tx)}
        for of, (number, _) in made.items():
            for name in self._to:
                if (of, name) not in known:
                    # A new way begins with the newest, which covers all before it.
                    begin = partial(store.begin, institution=of, name=name, number=number - 1, now=now)
                    await self._database.write(begin)
                    known[of, name] = Way(of, name, number - 1, now)
        due = [way for (of, name), way in known.items() if name in self._to and way.due_at <= now and _waits(way, made)]
        await asyncio.gather(*(self._carry(way) for way in due))

    async def _carry(self, way: Way) -> None:
        if not await self._database.write(partial(store.claim, way=way, until=self._clock.now() + LEASE)):
            return
        async with self._database.read() as tx:
            (one,) = await checkpoints.after(tx, way.institution, way.number, 1)
        to = self._to[way.name]
        try:
            await to.channel.send(self._notice(one), to.address)
        except (NotNow, Never) as refusal:
            _log.warning("a checkpoint was not taken", way=way.name, institution=way.institution, why=refusal.detail)
            again = min(AGAIN_AT_MOST, timedelta(seconds=2.0 ** min(way.attempts + 3, 12)))
            await self._database.write(
                partial(store.refused, way=way, why=refusal.detail, now=self._clock.now(), again=again)
            )
        else:
            await self._database.write(partial(store.taken, way=way, number=one.number, now=self._clock.now()))

    def _notice(self, one: Checkpoint) -> Notice:
        say = self._say
        return Notice(
            id=f"{one.institution}-{one.number:06}-{one.at:%Y%m%dT%H%M%SZ}",
            title=say("Checkpoint {n} of the journal of {institution}", n=one.number, institution=one.institution),
            text=one.note,
            tag=f"checkpoint:{one.institution}",
        )


def _waits(way: Way, made: Mapping[str, tuple[int, datetime]]) -> bool:
    return made.get(way.institution, (0, None))[0] > way.number


async def troubles(tx: Reader, now: datetime) -> list[tuple[str, str, int, str]]:
    """The ways out of order, for those who look after the hub."""
    return await store.troubles(tx, now, PATIENCE)
