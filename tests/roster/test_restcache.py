"""What is kept of the rest rules is what a look from the beginning finds, whatever has changed meanwhile."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from hub.clock import ManualClock
from hub.people.store import site as read_site
from hub.roster import absencestore, reststore, store
from hub.roster.restcache import RestCache
from hub.roster.resting import resting
from hub.roster.shift import Absence, Away
from hub.storage.database import Database
from tests.databases import on_both
from tests.roster.desk import REGION, Desk
from tests.roster.outside import ZONE, turns

FIRST = datetime(2026, 10, 19, tzinfo=ZONE)
WEEK = timedelta(days=7)
OWN = '[rest]\ndefault = "mine"\n[[agreement]]\nid = "mine"\nname = "Mine"\n'
OWN += '[[terms]]\nagreement = "mine"\nfrom = 2020-01-01\nsource = "here"\ndaily_rest = 20\n'


@on_both
async def test_what_is_kept_is_what_a_look_from_the_beginning_finds(database: Database) -> None:
    kept, people = RestCache(), {f"p{n}" for n in range(12)}
    async with Desk(database, ManualClock(FIRST), 12, 3) as desk:
        bring = (await desk.sources())["csv"]
        roster = turns(12, 3, date(2026, 10, 5), 40)
        # Nine days in a row for some, and a day shift right after a night for another.
        longer = [
            replace(one, id=f"{one.id}+", starts=one.starts + 5 * WEEK / 7, ends=one.ends + 5 * WEEK / 7)
            for one in roster[:4]
        ]
        await bring([*roster, *longer])

        async def same() -> int:
            many = 0
            async with database.read() as tx:
                site = await read_site(tx, REGION)
            for first in (FIRST, FIRST + WEEK):
                for some in (people, {"p1", "p4"}):
                    found = await kept.resting(database, site, first, first + WEEK, some)
                    plain = await resting(database, REGION, first, first + WEEK, some)
                    assert (found.breaches, found.accepted) == (plain.breaches, plain.accepted)
                    many += len(found.breaches)
            return many

        async def changed() -> None:
            await database.write(partial(store.next_version, institution=REGION), of=REGION)
            await same()

        await same()
        async with database.read() as tx:
            near = await store.shifts(tx, REGION, FIRST, FIRST + WEEK)
        mine = [one for one in near if one.person == "p1"]
        early = [(one, replace(one, starts=one.starts - timedelta(hours=6))) for one in mine[:3]]
        await database.write(partial(store.change, institution=REGION, changed=early, now=FIRST), of=REGION)
        await changed()
        await database.write(partial(store.remove, institution=REGION, gone=mine[3:], now=FIRST), of=REGION)
        await changed()
        ill = Absence.of("csv", "p1", None, FIRST, FIRST + WEEK / 2, Away.SICK)
        await database.write(partial(absencestore.add, institution=REGION, new=[ill]), of=REGION)
        await changed()
        await database.write(partial(reststore.OWN_RULES.keep, of=REGION, text=OWN), of=REGION)
        assert await same()
