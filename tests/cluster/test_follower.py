"""A hub that lags behind the journal: nobody hears from it what they have read by themselves."""

import asyncio
from datetime import UTC, datetime

from hub.alarms.actions import Alarms
from hub.alarms.parcels import WaysOut
from hub.clock import SystemClock
from hub.cluster.follower import Follower
from hub.delivery.sockets import Sockets
from hub.people.cache import SiteCache
from hub.people.signin import SignIns
from hub.roster.cache import DutyCache
from hub.storage import journal
from hub.storage.database import Transaction
from tests.databases import Kind

OURS = "solgaarden"


async def test_a_client_that_has_read_ahead_waits_until_the_hub_has_sent_that_to_the_others(kind: Kind) -> None:
    async with kind.opened() as database:
        clock = SystemClock()
        ways_out = WaysOut(frozenset(), lambda _institution, _person: False)
        alarms = Alarms(database, clock, SiteCache(), DutyCache(), SignIns(database, clock), ways_out)
        follower = Follower(database, clock, alarms, Sockets())

        async def write(tx: Transaction) -> None:
            for _ in range(3):
                await journal.append(tx, OURS, datetime.now(UTC), "roster_changed")

        follower.follow(OURS, 0)
        await database.write(write, of=OURS)
        waiting = asyncio.create_task(follower.passed(OURS, 3))
        await asyncio.sleep(0)
        assert not waiting.done()
        await follower.catch_up()
        await waiting
        await follower.passed(OURS, 2)
        await follower.passed("not followed here", 7)
