"""The ways that this hub has into case systems: one for everybody, such as a folder, or a municipality's own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from hub.cases import waystore
from hub.cases.practice import Target
from hub.cases.register import Entry
from hub.cases.waystore import Way
from hub.errors import HubError
from hub.ports import CaseSystem, Handed
from hub.storage.database import Database
from hub.storage.vault import Vault

Reads = Callable[[bytes], tuple[str, Handed]]
"""What a receipt is of, and what it says; Invalid if it is none."""

_log = structlog.get_logger("hub.cases")


@dataclass(frozen=True, slots=True)
class Link:
    """One way that is open."""

    system: CaseSystem
    reads: Reads | None = None
    """What understands its receipts, where it sends any."""
    thanks: bytes = b""
    """What is answered to a receipt."""
    asks_after: timedelta = timedelta(days=1)
    """After how long without a word it is asked by handing over the same once more."""
    gives_up_after: timedelta = timedelta(days=3)
    """After how long without a word somebody must see to it."""

    def __post_init__(self) -> None:
        if not timedelta() < self.asks_after <= self.gives_up_after:
            raise ValueError("a case system is asked before it is given up")


class Ways:
    """What is open now; a way that an operator adds, changes or takes away is seen at the next look."""

    def __init__(self) -> None:
        self.everybody: dict[Target, Link] = {}
        self._own: dict[tuple[str, Target], Link] = {}
        self._made: dict[tuple[str, Target], datetime] = {}
        self._make: Callable[[Way], Link] | None = None

    def opened_by(self, make: Callable[[Way], Link]) -> None:
        """Says what makes a link of what an operator wrote down."""
        self._make = make

    def of(self, municipality: str, target: Target) -> Link | None:
        """The way for this municipality's records; None where a person must carry them."""
        return self._own.get((municipality, target)) or self.everybody.get(target)

    def of_entry(self, entry: Entry) -> Link | None:
        return self.of(entry.record.authority, entry.target)

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple({*self.everybody, *(target for _, target in self._own)})

    async def look(self, database: Database, vault: Vault) -> tuple[Way, ...]:
        """Opens what is new and lets go of what is no more; those that were opened."""
        if self._make is None:
            return ()
        async with database.read() as tx:
            found = {way.key: way for way in await waystore.ways(tx, vault)}
        for key in [key for key, made in self._made.items() if key not in found or found[key].made_at != made]:
            del self._made[key]
            if (link := self._own.pop(key, None)) is not None:
                await link.system.close()
        new = [way for key, way in found.items() if key not in self._made]
        for way in new:
            self._made[way.key] = way.made_at
            try:
                self._own[way.key] = self._make(way)
            except HubError as fault:
                _log.warning("a case system cannot be reached as it is set up", target=way.target, why=fault.detail)
        return tuple(way for way in new if way.key in self._own)

    async def close(self) -> None:
        for link in (*self._own.values(), *self.everybody.values()):
            await link.system.close()
