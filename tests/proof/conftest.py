from collections.abc import AsyncIterator

import pytest

from hub.storage.database import Database
from tests.databases import Kind


@pytest.fixture
async def database(kind: Kind) -> AsyncIterator[Database]:
    async with kind.opened() as database:
        yield database
