from collections.abc import AsyncIterator

import pytest

from hub.clock import ManualClock
from hub.storage.database import Database
from tests.databases import Kind
from tests.people.solgaarden import MORNING, SITE, set_up


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
async def database(kind: Kind) -> AsyncIterator[Database]:
    async with kind.opened() as database:
        yield database


@pytest.fixture
async def database_with_passwords(kind: Kind) -> AsyncIterator[Database]:
    """The same with a site, whose passwords take long to hash."""
    async with kind.opened(with_passwords) as database:
        yield database


async def with_passwords(database: Database) -> None:
    await set_up(database, ManualClock(MORNING), SITE)
