"""A scripted hub for every test of a device's line."""

from collections.abc import AsyncIterator

import pytest

from tests.clients.scripted_hub import ScriptedHub, serving


@pytest.fixture
async def hub() -> AsyncIterator[ScriptedHub]:
    async with serving(ScriptedHub()) as scripted:
        yield scripted
