"""A number, a name and a note that are written everywhere are found only where they may be."""

from pathlib import Path

import pytest

from tests.contracts.standins import Gateway
from tests.web.planted import looked_through, told
from tests.web.served import Served


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_written_is_found_only_where_it_may_be(served: Served, gateway: Gateway, tmp_path: Path) -> None:
    found = await looked_through(served, gateway, tmp_path)
    assert {one.place: one.within for one in found} == {one.place: one.allowed for one in found}, "\n".join(told(found))
