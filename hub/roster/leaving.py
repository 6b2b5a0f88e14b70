"""The clock of substitutes: whose shift is over is taken out, even where nobody remembers to."""

from datetime import timedelta

from hub.clock import Clock
from hub.people import deskstore
from hub.roster.substitutes import Substitutes
from hub.storage.database import Database

# A substitute's right ends by itself to the second; this is only the tidying after it.
LOOK_EVERY = timedelta(seconds=5)
MOST_AT_ONCE = 50


class LeavingClock:
    """One transaction each; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, substitutes: Substitutes) -> None:
        self._database = database
        self._clock = clock
        self._substitutes = substitutes

    async def run(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await deskstore.leaving(tx, self._clock.now(), MOST_AT_ONCE)
            for institution, person in due:
                await self._substitutes.leave(institution, person)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)
