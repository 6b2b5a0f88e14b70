"""Which case of which citizen an incident belongs to, as it lies in either database."""

from datetime import UTC, datetime, timedelta

from hub.cases import placestore
from hub.cases.placestore import Place
from hub.citizens import store as citizens
from hub.storage.database import Transaction
from tests.databases import Kind, on_both

AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


@on_both
async def test_the_newest_that_was_said_counts_and_what_was_said_before_stays(kind: Kind) -> None:
    async def says(tx: Transaction) -> None:
        await citizens.link(tx, "house", "i1", "bent")
        await placestore.say(tx, "house", "i1", Place("bent", "c1", "leif", AT))
        await placestore.say(tx, "house", "i1", Place("asta", "c2", "lone", AT + timedelta(hours=1)))
        await placestore.say(tx, "house", "i2", Place(None, "c1", "leif", AT))
        await placestore.say(tx, "other", "i1", Place("bent", "c1", "leif", AT))
        await citizens.link(tx, "house", "i2", "bent")

    async def forgets(tx: Transaction) -> None:
        await placestore.forget(tx, "house", "i1")

    async with kind.opened() as database:
        await database.write(says)
        async with database.read() as tx:
            assert [(one.citizen, one.by) for one in await placestore.places(tx, "house", "i1")] == [
                ("bent", "leif"),
                ("asta", "lone"),
            ]
            assert (await placestore.places(tx, "house", "i1"))[1].at == AT + timedelta(hours=1)
            assert await placestore.citizen(tx, "house", "i1") == "asta"
            assert await placestore.citizen(tx, "house", "i2") == "bent", "the only one whom it names"
            assert await placestore.case(tx, "house", "i1") == "c2"
            assert await placestore.case(tx, "house", "i3") is None
            assert await placestore.on(tx, "house", "c1") == ["i2"], "it has moved on to another case"
            assert await placestore.on(tx, "house", "c2") == ["i1"]
        await database.write(forgets)
        async with database.read() as tx:
            assert await placestore.places(tx, "house", "i1") == []
            assert len(await placestore.places(tx, "other", "i1")) == 1
