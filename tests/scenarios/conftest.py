"""The houses in which the scenarios play."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from hub.storage import migrate
from tests.databases import Kind, Postgres
from tests.scenarios.world import AN_AFTERNOON, House, opened


class Begin(Protocol):
    """Sets up a house with these on duty, connects their phones, and lets the hub run."""

    async def __call__(
        self, *shifts: str, at: str = ..., sms: bool = ..., push: bool = ..., **set_up: Any
    ) -> House: ...


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema and nothing else, copied for each house."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    migrate.upgrade(path)
    return path


@pytest.fixture
async def begin(tmp_path: Path, empty_database: Path, kind: Kind) -> AsyncIterator[Begin]:
    """Begins a shift; when the test is over, the house must prove itself."""
    houses: list[House] = []
    async with AsyncExitStack() as stack:

        async def begin(
            *shifts: str, at: str = AN_AFTERNOON, sms: bool = False, push: bool = False, **set_up: Any
        ) -> House:
            folder = tmp_path / f"house-{len(houses)}"
            template: Path | str = empty_database
            if isinstance(kind, Postgres):
                template = await kind.make()
                stack.push_async_callback(kind.forget, template)
            house = await stack.enter_async_context(opened(folder, template, at, sms=sms, push=push))
            await house.set_up(*shifts, **set_up)
            houses.append(house)
            return house

        yield begin
        for house in houses:
            await house.proves_itself()
