from collections.abc import AsyncIterator

import pytest

from hub.clock import ManualClock
from hub.storage.database import Database
from tests.databases import Kind
from tests.people.solgaarden import MORNING


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
async def database(kind: Kind) -> AsyncIterator[Database]:
    async with kind.opened() as database:
        yield database
