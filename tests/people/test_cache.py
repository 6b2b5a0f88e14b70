import asyncio
import threading

import pytest

from hub.clock import ManualClock
from hub.errors import NotFound, Unauthenticated
from hub.people.cache import SiteCache, Standing, StandingCache, with_newest
from hub.people.signin import SignIns
from hub.people.site import Site
from hub.roster.store import next_version
from hub.storage.database import Database, Reader, Transaction
from tests.databases import on_both, on_sqlite
from tests.people.solgaarden import DEVICES, MORNING, OPEN_SITE, PASSWORD, set_up

pytestmark = on_both


async def test_a_site_is_loaded_once_for_each_version(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = SiteCache()
    first = await get(database, cache)
    assert await get(database, cache) is first
    await set_up(database, clock, OPEN_SITE.replace("Jette Holm", "Jette Holm-Bro"))
    second = await get(database, cache)
    assert (second.people["jette"].name, second.version) == ("Jette Holm-Bro", 2)
    assert await get(database, cache) is second


async def test_a_version_that_the_caller_has_read_is_not_read_again(database: Database, clock: ManualClock) -> None:
    await set_up(database, clock)
    cache = SiteCache()
    site = await get(database, cache)

    class Deaf:
        def __getattr__(self, _name: str) -> None:
            raise AssertionError("nothing was to be read")

    deaf: Reader = Deaf()  # type: ignore[assignment]
    assert await cache.get(deaf, "solgaarden", version=1) is site


async def test_an_institution_that_is_not_there_is_not_kept(database: Database) -> None:
    async with database.read() as tx:
        with pytest.raises(NotFound):
            await SiteCache().get(tx, "solgaarden")


@on_sqlite
async def test_the_writer_and_the_loop_share_the_cache_while_the_site_changes(
    database: Database, clock: ManualClock
) -> None:
    await set_up(database, clock)
    cache, threads, seen = SiteCache(largest=1), set(), list[Site]()

    async def on_the_writer(tx: Transaction) -> Site:
        threads.add(threading.get_ident())
        return await cache.get(tx, "solgaarden")

    async def look() -> None:
        for _ in range(20):
            seen.append(await get(database, cache))
            seen.append(await database.write(on_the_writer))

    async def change() -> None:
        for n in range(5):
            await set_up(database, clock, OPEN_SITE.replace("Jette Holm", f"Jette {n + 2}"))

    await asyncio.gather(look(), look(), change())
    assert threads != {threading.get_ident()}
    assert all(site.people["jette"].name in {"Jette Holm", f"Jette {site.version}"} for site in seen)
    assert (await get(database, cache)).version == 6


def test_only_so_many_are_kept_and_the_oldest_goes_first() -> None:
    kept: dict[str, int] = {}
    for n, key in enumerate("abcadb"):
        kept = with_newest(kept, key, n, 3)
    assert kept == {"a": 3, "d": 4, "b": 5}
    assert with_newest({}, "a", 1, 1) == {"a": 1}


async def test_a_device_is_known_again_until_the_site_changes(database: Database, clock: ManualClock) -> None:
    token = (await set_up(database, clock)).tokens["jettes-telefon"]
    cache = StandingCache()
    first = await stands(database, cache, token)
    assert (first.principal.person, first.site_version, first.roster_version) == ("jette", 1, 1)
    assert (await stands(database, cache, token)).principal is first.principal
    await set_up(database, clock, OPEN_SITE.replace('units = ["nord", "syd"]', 'units = ["syd"]'))
    moved = await stands(database, cache, token)
    assert (moved.principal.units, moved.site_version) == (("syd",), 2)
    await set_up(database, clock, OPEN_SITE.replace(DEVICES, ""))
    with pytest.raises(Unauthenticated):
        await stands(database, cache, token)


async def test_a_changed_roster_is_told_and_costs_no_new_look_at_the_device(
    database: Database, clock: ManualClock
) -> None:
    token = (await set_up(database, clock)).tokens["jettes-telefon"]
    cache = StandingCache()
    first = await stands(database, cache, token)

    async def action(tx: Transaction) -> None:
        await next_version(tx, "solgaarden")

    await database.write(action)
    second = await stands(database, cache, token)
    assert second.principal is first.principal
    assert (second.site_version, second.roster_version) == (1, 2)


async def test_a_session_is_looked_up_every_time(database_with_passwords: Database, clock: ManualClock) -> None:
    database, cache = database_with_passwords, StandingCache()
    sign_ins = SignIns(database, clock)
    done = await sign_ins.sign_in("jette", PASSWORD, "")
    assert (await stands(database, cache, done.token)).principal.session == done.session.id
    await sign_ins.end_session("solgaarden", "jette", done.session.id, "jette")
    with pytest.raises(Unauthenticated):
        await stands(database, cache, done.token)


async def test_more_devices_than_are_kept_are_all_let_in(database: Database, clock: ManualClock) -> None:
    tokens = (await set_up(database, clock)).tokens
    cache = StandingCache(largest=2)
    for token, device in [(token, device) for device, token in tokens.items()] * 2:
        assert (await stands(database, cache, token)).principal.device == device
    with pytest.raises(Unauthenticated):
        await stands(database, cache, "dev_unknown")


async def stands(database: Database, cache: StandingCache, token: str) -> Standing:
    async with database.read() as tx:
        return await cache.get(tx, token, MORNING)


async def get(database: Database, cache: SiteCache) -> Site:
    async with database.read() as tx:
        return await cache.get(tx, "solgaarden")
