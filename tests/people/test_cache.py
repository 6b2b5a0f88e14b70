import asyncio
import threading

import pytest

from hub.clock import ManualClock
from hub.errors import NotFound
from hub.people.cache import SiteCache, with_newest
from hub.people.site import Site
from hub.storage.database import Database, Reader, Transaction
from tests.people.solgaarden import OPEN_SITE, set_up


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


async def get(database: Database, cache: SiteCache) -> Site:
    async with database.read() as tx:
        return await cache.get(tx, "solgaarden")
