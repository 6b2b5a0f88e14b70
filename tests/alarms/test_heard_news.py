"""Raisers are told who has heard them, also when the database goes away in between."""

import asyncio
from contextlib import suppress

import pytest

from hub.alarms.actions import Alarms, Heard
from hub.alarms.chores import HeardNews
from hub.alarms.parcels import WaysOut
from hub.clock import SystemClock
from hub.delivery.sockets import Sockets
from hub.errors import Unavailable
from hub.people.cache import SiteCache
from hub.people.signin import SignIns
from hub.roster.cache import DutyCache
from tests.databases import Kind

HEARD = [Heard("solgaarden", f"alarm-{number}") for number in range(3)]


class OnceDown(HeardNews):
    """Tells nobody at the first attempt, as when the database is gone."""

    told: asyncio.Queue[Heard]
    down = True

    async def _tell(self, heard: Heard) -> None:
        if self.down:
            self.down = False
            raise Unavailable("The database is gone.")
        self.told.put_nowait(heard)
        await super()._tell(heard)


async def test_news_of_who_has_heard_outlive_a_database_that_goes_away(kind: Kind) -> None:
    async with kind.opened() as database:
        clock = SystemClock()
        ways_out = WaysOut(frozenset(), lambda _institution, _person: False)
        alarms = Alarms(database, clock, SiteCache(), DutyCache(), SignIns(database, clock), ways_out)
        news = OnceDown(database, clock, alarms, Sockets())
        news.told = asyncio.Queue()
        news._noticed(HEARD)
        with pytest.raises(Unavailable):
            await news.run()
        again = asyncio.create_task(news.run())
        told = {await news.told.get() for _ in HEARD}
        again.cancel()
        with suppress(asyncio.CancelledError):
            await again
    assert told == set(HEARD)
