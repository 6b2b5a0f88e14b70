"""How a service misbehaves: what becomes of each thing is drawn from its name, so that a restart changes nothing."""

import asyncio
import random
from hashlib import sha256

from clients.standins.fordeling import Fate
from clients.standins.said import Answered

# Of a hundred transactions: what becomes of those that are not just taken.
FATES = ((Fate.UNKNOWN, 2), (Fate.REFUSED, 4), (Fate.FAILED, 2), (Fate.SILENT, 1), (Fate.UNTOLD, 2))


class Mischief:
    """How the service behaves: for each transaction drawn from its name, so that a restart changes nothing."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - a game, no secret

    def dice(self, name: str) -> random.Random:
        seed = int.from_bytes(sha256(f"{self._seed}/{name}".encode()).digest()[:8])
        return random.Random(seed)  # noqa: S311 - as above

    def fate(self, transaction: str) -> Fate:
        """What becomes of it in the end."""
        at = self.dice(transaction).randrange(100) if self.on else 100
        for fate, share in FATES:
            at -= share
            if at < 0:
                return fate
        return Fate.TAKEN

    async def keeps_waiting(self) -> Answered | None:
        """Late or too busy, now and then and never without end; None if all is well."""
        at = self._chance.random() if self.on else 1
        if at < 0.01:
            return Answered(503, b"", (("Retry-After", "1"),))
        if at < 0.04:
            await asyncio.sleep(self._chance.uniform(0.2, 2))
        return None

    def breaks_off(self) -> bool:
        """Whether the line breaks now."""
        return self.on and self._chance.random() < 0.02

    @property
    def on(self) -> bool:
        return self._seed is not None
