"""What a municipality lays over the law's rules from a file of its own."""

from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256

from hub.cli.opening import institution
from hub.clock import SystemClock
from hub.people import store
from hub.storage import journal
from hub.storage.database import Database, Transaction

Keep = Callable[[Transaction, str, str], Awaitable[None]]


async def lay_over_all(database: Database, wanted: str | None, text: str, keep: Keep, about: str) -> list[str]:
    """Keeps the text in each institution of the municipality that `wanted` belongs to; says their names."""
    key = await institution(database, wanted)
    async with database.read() as tx:
        sites = [(await store.site(tx, of)).institution for of in await store.institutions(tx)]
    municipality = next(one.municipality for one in sites if one.id == key)
    theirs = [one for one in sites if one.municipality == municipality]
    for one in theirs:
        await lay_over(database, one.id, text, keep, about)
    return [one.name for one in theirs]


async def lay_over(database: Database, of: str, text: str, keep: Keep, about: str) -> None:
    """Keeps the text in one institution, and journals that it changed."""
    await database.write(partial(_kept, of=of, text=text, keep=keep, about=about), of=of)


async def _kept(tx: Transaction, *, of: str, text: str, keep: Keep, about: str) -> None:
    await keep(tx, of, text)
    facts = {"sha256": sha256(text.encode()).hexdigest()}
    await journal.append(tx, of, SystemClock().now(), f"{about}_changed", about, None, facts)
