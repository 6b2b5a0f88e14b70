"""Whoever comes back asks as little of the database for fifty conversations as for one."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Executable

from hub.messaging import queries
from hub.messaging.actions import Why
from hub.messaging.attachment import Offered
from hub.messaging.conversation import Address, Conversation, Kind
from hub.messaging.message import Saying
from hub.people.access import Principal
from hub.people.site import Role
from hub.storage.database import Reader, Row
from tests.admin.desk import session
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import adds, writes
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


async def test_what_was_destroyed_ends_neither_a_list_nor_a_search(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await begin("anna nord", "bo nord")
    messages, leif = house.services.messages, await session(house, "leif")
    monkeypatch.setattr(queries, "PAGE", 2)
    made = []
    for number in range(6):
        made.append(await writes(house, "anna", [{"person": "leif"}], f"besked {number}"))
        house.clock.advance(1)
    for which in made[2:5]:
        await messages.destroy(leif, "house", which, Why.OVER)
    async with house.database.read() as tx:
        here = await messages.here(tx, Principal("house", "leif", Role.MANAGER))
        listed = await queries.lines(tx, messages, here)
        assert [one.conversation.id for one in listed] == [made[5], made[1]]
        rest = await queries.lines(tx, messages, here, listed[-1].conversation.last_at)
        assert [one.conversation.id for one in rest] == [made[0]]
        found = await queries.search(messages, tx, here, "BESKED")
        assert [one.text for _, one in found.messages] == ["besked 5", "besked 1", "besked 0"]
        assert found.further is None


async def test_a_search_goes_on_where_it_gave_up_and_finds_titles_and_files(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await begin("anna nord", "bo nord")
    messages = house.services.messages
    first = await writes(house, "anna", [{"person": "bo"}], "nummer 1", title="Skuret", about="citizen", citizen="Bent")
    for number in range(2, 8):
        await adds(house, "anna", first, f"nummer {number}")
    house.clock.advance(1)
    second = await writes(house, "anna", [{"person": "bo"}], "nummer 0")
    (file,) = await messages.attaching.take("house", "anna", [Offered("Referat.txt", b"x")])
    saying = Saying(str(uuid4()), "se her", files=(file,))
    await messages.say(house.tokens["phone-anna"], "house", second, saying)
    async with house.database.read() as tx:
        here = await messages.here(tx, Principal("house", "bo", Role.STAFF))

        async def texts(words: str) -> list[str]:
            found, further = list[str](), None
            while True:
                some = await queries.search(messages, tx, here, words, further)
                assert len(some.messages) <= 2
                found += [one.text for _, one in some.messages]
                further = some.further
                if further is None:
                    return found

        for most in ("MOST_FOUND", "MOST_OPENED"):
            with monkeypatch.context() as narrow:
                narrow.setattr(queries, most, 2)
                assert await texts("nummer") == ["nummer 0", *(f"nummer {number}" for number in range(7, 0, -1))]
        assert await texts("referat") == ["se her"]
        assert await texts("skuret bent") == ["nummer 7"], "its newest message stands for it"
        assert await texts("skuret 3") == []
