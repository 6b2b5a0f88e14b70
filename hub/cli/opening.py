"""What every command that works on the database begins with."""

import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from hub.errors import Invalid, NotFound
from hub.people import store
from hub.settings import Settings
from hub.storage.database import Database


def settings() -> Settings:
    return Settings.from_environment(os.environ)


def existing() -> Settings:
    """The settings of a hub that has been set up; NotFound if there is no database yet."""
    found = settings()
    file = found.database_url.partition("///")[2]
    if found.database_url.startswith("sqlite") and not Path(file).exists():
        raise NotFound(f'There is no database at {file}: run "hub setup site.toml" first, or mend HUB_DATA.')
    return found


@asynccontextmanager
async def opened(found: Settings) -> AsyncIterator[Database]:
    database = await Database.open(found.database_url)
    try:
        yield database
    finally:
        await database.close()


async def institution(database: Database, wanted: str | None) -> str:
    """The institution that is meant: the one named, or the only one there is."""
    async with database.read() as tx:
        known = await store.institutions(tx)
    refuse_unknown("--institution", wanted, known)
    if wanted is None and len(known) != 1:
        raise Invalid(f"Say which with --institution: this hub has {', '.join(known) or 'none yet'}.")
    return wanted or known[0]


def refuse_unknown(option: str, value: str | None, known: Collection[str]) -> None:
    if value is not None and value not in known:
        raise Invalid(f'{option}: "{value}" is not known here; there is {", ".join(known) or "none"}.')
