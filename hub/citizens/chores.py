"""Reminds those who noted a risk, and those who lead there, before it expires; after a restart it goes on."""

from datetime import timedelta

from hub.citizens import notice, riskstore, store
from hub.citizens.queries import Citizens
from hub.citizens.risks import subject
from hub.clock import Clock
from hub.storage import journal, outbox
from hub.storage.database import Database, Transaction

LOOK_EVERY = timedelta(minutes=10)
MOST_AT_ONCE = 50


class RiskClock:
    """Tells in time, once, whichever hub finds it."""

    def __init__(self, database: Database, clock: Clock, citizens: Citizens, channels: frozenset[str]) -> None:
        self._database = database
        self._clock = clock
        self._citizens = citizens
        self._channels = channels

    async def run(self) -> None:
        while True:
            async with self._database.read() as tx:
                due = await riskstore.due(tx, self._clock.now(), MOST_AT_ONCE)
            for of, which in due:
                await self._remind(of, which)
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def _remind(self, of: str, which: str) -> None:
        async def action(tx: Transaction) -> None:
            now, seals = self._clock.now(), self._citizens.seals
            risk = await riskstore.find(tx, seals.vault, of, which)
            if risk is None or not await riskstore.remind(tx, of, which, now) or not risk.holds(now):
                return
            site = await self._citizens.sites.get(tx, of)
            lives = await store.find(tx, await seals.to_read(tx, of), risk.citizen) if risk.citizen else None
            room = site.places.get(risk.place or "")
            unit = lives.unit if lives is not None else room.unit if room is not None else None
            await outbox.add(tx, list(notice.to_renew(site, risk, unit, self._channels, now)))
            await journal.append(tx, of, now, "risk_reminded", subject(which), None, {})

        await self._database.submit(action, of, can_wait=True)
