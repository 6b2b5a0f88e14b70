"""Every night the roster ahead is looked at, and those who plan hear in the morning of holes that are new."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hub.alarms.actions import Alarms
from hub.alarms.parcels import WaysOut
from hub.alarms.setting import Setting
from hub.clock import Clock
from hub.reach import holestore
from hub.reach.holes import AHEAD, Hole, holes
from hub.reach.holestore import Look
from hub.reach.notice import HOLES, hole_parcels
from hub.roster import absencestore
from hub.roster import store as roster
from hub.storage import journal, outbox
from hub.storage.database import Database, Transaction

LOOK_EVERY = timedelta(minutes=1)
AT_NIGHT, IN_THE_MORNING = time(3), time(8)


async def found_ahead(database: Database, setting: Setting, now: datetime, until: timedelta = AHEAD) -> list[Hole]:
    """The holes of the coming days as the roster stands now, found beside the event loop."""
    institution, end = setting.site.institution.id, now + until
    # A step of an alarm that is pressed at the very end comes a little later.
    beyond = end + timedelta(seconds=max((setting.limit(unit).within for unit in setting.site.units), default=0))
    async with database.read() as tx:
        shifts = await roster.shifts(tx, institution, now, beyond)
        away = await absencestore.absences(tx, institution, now, beyond)
    return await asyncio.to_thread(holes, setting, shifts, away, now, end)


class NightWatch:
    """Looks at each institution's roster once a night; after a restart it goes on where it was."""

    def __init__(self, database: Database, clock: Clock, alarms: Alarms, ways_out: WaysOut) -> None:
        self._database = database
        self._clock = clock
        self._alarms = alarms
        self._ways_out = ways_out

    async def run(self) -> None:
        while True:
            await self.look()
            await self._clock.sleep_until(self._clock.now() + LOOK_EVERY)

    async def look(self) -> None:
        """Looks at the rosters whose night has come."""
        now = self._clock.now()
        async with self._database.read() as tx:
            known = await holestore.looks(tx)
            settings = {
                of: await self._alarms.setting(tx, of)
                for of in await journal.institutions(tx)
                if of not in known or known[of].next_at <= now
            }
        for of, setting in settings.items():
            tonight = coming(AT_NIGHT, now, setting)
            if of in known:
                found = await found_ahead(self._database, setting, now)
                await self._database.write(partial(self._keep, look=known[of], setting=setting, found=found), of=of)
            else:
                await self._database.write(partial(holestore.begin, institution=of, next_at=tonight), of=of)

    async def _keep(self, tx: Transaction, look: Look, setting: Setting, found: Sequence[Hole]) -> None:
        now, of = self._clock.now(), look.institution
        if not await holestore.keep(tx, look, now, coming(AT_NIGHT, now, setting), found):
            return
        known = {(one.unit, one.starts, one.ends) for one in look.found}
        new = [one for one in found if (one.unit, one.starts, one.ends) not in known]
        await outbox.drop(tx, of, HOLES, now)
        if new:
            facts = {"holes": len(found), "new": len(new), "units": sorted({one.unit for one in found})}
            await journal.append(tx, of, now, "holes_found", HOLES, None, facts)
            due = coming(IN_THE_MORNING, now, setting)
            await outbox.add(tx, list(hole_parcels(setting, new, self._ways_out, now, due)))


def coming(at: time, now: datetime, setting: Setting) -> datetime:
    """The next time that the institution's clocks show this."""
    local = now.astimezone(ZoneInfo(setting.site.institution.timezone))
    today = datetime.combine(local.date(), at, local.tzinfo)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)
