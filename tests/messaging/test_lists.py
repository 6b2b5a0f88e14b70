"""Whoever comes back asks as little of the database for fifty conversations as for one."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Executable

from hub.messaging import queries
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.message import Saying
from hub.people.access import Principal
from hub.people.site import Role
from hub.storage.database import Reader, Row
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both
MANY = 50


class Counted:
    """Asks as it is asked, and counts."""

    def __init__(self, tx: Reader) -> None:
        self._tx = tx
        self.count = 0

    async def rows(self, statement: Executable, **values: Any) -> Sequence[Row]:
        self.count += 1
        return await self._tx.rows(statement, **values)

    async def row(self, statement: Executable, **values: Any) -> Row | None:
        self.count += 1
        return await self._tx.row(statement, **values)


async def begins(house: House) -> None:
    """Anna asks Bo, and whoever is on duty in nord, something that cannot wait."""
    new = Conversation("house", str(uuid4()), "anna", house.clock.now())
    to = [Address(Kind.PERSON, "bo"), Address(Kind.DUTY, "nord")]
    first = Saying(str(uuid4()), "Kom", urgent=True)
    await house.services.messages.open(house.tokens["phone-anna"], new, to, {"title": "Nu"}, first)


async def asked(house: House) -> tuple[list[int], list[int]]:
    """What Bo is told when he comes back, and how many statements each answer took."""
    messages, bo = house.services.messages, Principal("house", "bo", Role.STAFF)
    async with house.database.read() as tx:
        here = await messages.here(tx, bo)
        found, counts = [], []
        for ask in (
            lambda tx: queries.lines(tx, messages, here),
            lambda tx: queries.unread(tx, here),
            lambda tx: queries.urgent(tx, messages, here),
        ):
            counted = Counted(tx)
            found.append(len(await ask(counted)))
            counts.append(counted.count)
    return found, counts


async def test_as_many_statements_for_fifty_conversations_as_for_one(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await begins(house)
    first, once = await asked(house)
    assert first == [1, 1, 1]
    for _ in range(MANY - 1):
        await begins(house)
    found, counts = await asked(house)
    assert found == [queries.PAGE, queries.COUNTED, MANY]
    assert counts == once
