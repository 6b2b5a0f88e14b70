"""A new master key while the hubs run: it is taken up once every hub has it, and row by row all is sealed with it."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import structlog

from hub.clock import Clock
from hub.errors import Unavailable
from hub.settings import Settings
from hub.storage import resealstore
from hub.storage.database import Database, Row, Transaction, metadata
from hub.storage.keyfile import FILE, Kept
from hub.storage.resealstore import Holder, Sealed
from hub.storage.vault import Vault, open_vault

LOOK_EVERY = timedelta(minutes=1)
# So few at once, and then a pause: nobody's alarm waits for them.
AT_ONCE, PAUSE = 50, timedelta(milliseconds=200)
# A hub that has said nothing for so long is gone; one that comes back reads the file as it starts.
GONE_AFTER = timedelta(minutes=5)
# What was signed with an old key, such as a code that is good for a week, is known until then.
SIGNED_LASTS = timedelta(days=8)

_log = structlog.get_logger("hub.keys")


@cache
def sealed_columns() -> tuple[Sealed, ...]:
    """Every column of sealed text, of all rooms that are there."""
    columns = [(table, column) for table in metadata.sorted_tables for column in table.c]
    return tuple(
        Sealed.of(table, column) for table, column in columns if column.name == "sealed" or "bound" in column.info
    )


class Resealing:
    """Follows the key file: takes up a key that is to come, seals old rows anew, and retires the key before."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, node: str, *, several: bool) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._node = node
        self._several = several

    async def run(self) -> None:
        while True:
            wait = PAUSE if await self.look() else LOOK_EVERY
            await self._clock.sleep_until(self._clock.now() + wait)

    async def look(self) -> bool:
        """Does the next little that is to be done; whether there is more to do at once."""
        kept, now = self._vault.kept, self._clock.now()
        others = await self._others(kept, now) if self._several else []
        if kept.coming is not None:
            if all(kept.coming in other.keys for other in others):
                self._vault.takes_up(now)
                return True
            return False
        if not kept.before:
            return False
        for one in sealed_columns():
            if await self._some(one, kept):
                return True
        return await self._done(kept, now, others)

    async def _others(self, kept: Kept, now: datetime) -> Sequence[Holder]:
        """The hubs that are there, after this one has said which keys it has."""
        mine = Holder(self._node, frozenset(kept.keys), kept.current)
        await self._database.write(partial(resealstore.say, one=mine, now=now, since=now - GONE_AFTER))
        async with self._database.read() as tx:
            others = [one for one in await resealstore.holders(tx) if one.node != self._node]
        unknown = next((one.current for one in others if one.current not in kept.keys), None)
        if unknown is not None:
            raise Unavailable(f"Other hubs seal with the master key {unknown}: copy their {FILE} to this one.")
        return others

    async def _some(self, one: Sealed, kept: Kept) -> bool:
        """Seals the next rows of one table anew; False if it has been gone through."""
        async with self._database.read() as tx:
            place = await resealstore.place(tx, one.name, kept.current)
            if place is None:
                return False
            rows = await one.after(tx, kept.current, place, AT_ONCE)
        fresh = [values for row in rows if (values := self._anew(one, row)) is not None]
        reached = one.key(rows[-1]) if len(rows) == AT_ONCE else None

        async def action(tx: Transaction) -> None:
            # Of several hubs, one moves on; what was written meanwhile is not what was seen, and stays.
            if await resealstore.move(tx, one.name, kept.current, place, reached):
                await one.put(tx, fresh)

        # A lane of its own, as if it were an institution: everybody else's have their turns before it goes on.
        await self._database.submit(action, "resealing", can_wait=True)
        return True

    def _anew(self, one: Sealed, row: Row) -> Mapping[str, Any] | None:
        bound = one.bound(row)
        try:
            sealed = self._vault.seal(self._vault.open(row["lies"], bound), bound)
        except Unavailable as refusal:
            _log.warning("a row could not be sealed anew", column=one.name, why=refusal.detail)
            return None
        return {"fresh": sealed, "seen": row["lies"], **one.values(row)}

    async def _done(self, kept: Kept, now: datetime, others: Sequence[Holder]) -> bool:
        """All has been gone through: what was sealed with an old key meanwhile is gone through again."""
        async with self._database.read() as tx:
            left = {name: sum([await one.count(tx, name) for one in sealed_columns()]) for name in kept.before}
        if any(left.values()):
            await self._database.write(partial(resealstore.begin_anew, key=kept.current))
            return False
        lasts = kept.since is not None and now < kept.since + SIGNED_LASTS
        if not lasts and all(other.current == kept.current for other in others):
            for name in kept.before:
                self._vault.retires(name)
        return False


def following(settings: Settings, clock: Clock, database: Database) -> Resealing:
    """The chore of one process, by a name that tells an operator which machine it is on."""
    name = f"{platform.node()}, process {os.getpid()}"
    return Resealing(database, clock, open_vault(settings.data), name, several=settings.several)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a change of the master key has come."""

    kept: Kept
    rows: Mapping[str, int]
    """How many rows each key seals."""
    lacking: Sequence[str]
    """The hubs that have not got the key that is to come."""


async def standing(database: Database, vault: Vault, now: datetime) -> Standing:
    kept = vault.kept
    async with database.read() as tx:
        rows = {name: sum([await one.count(tx, name) for one in sealed_columns()]) for name in kept.keys}
        there = [one for one in await resealstore.holders(tx) if one.at is not None and now - one.at < GONE_AFTER]
    lacking = [one.node for one in there if kept.coming is not None and kept.coming not in one.keys]
    return Standing(kept, rows, lacking)
