"""What every database of the hub keeps to, whatever its kind."""

import asyncio
from collections.abc import AsyncIterator
from math import ceil
from typing import Any

import pytest
from sqlalchemy import text

from hub.errors import Invalid, Unavailable
from hub.storage.database import Database, Row, Transaction
from tests.databases import Kind, on_both
from tests.storage.notes import ADD, ALL, CHANGE, Notes, adding, ids, noted

pytestmark = on_both


@pytest.fixture
async def notes(kind: Kind) -> AsyncIterator[Notes]:
    async with noted(kind) as notes:
        yield notes


async def test_commands_that_wait_together_share_one_commit(notes: Notes) -> None:
    with notes.commits() as count:
        async with notes.busy():
            written = [notes.submit(adding(number)) for number in range(30)]
        assert await asyncio.gather(*written) == list(range(30))
        assert count() == 1
    assert notes.on_disk() == list(range(30))


async def test_a_commit_takes_no_more_than_its_share(notes: Notes) -> None:
    many = 2 * notes.largest + 1
    with notes.commits() as count:
        async with notes.busy():
            written = [notes.submit(adding(number)) for number in range(many)]
        await asyncio.gather(*written)
        assert count() == ceil(many / notes.largest)


async def test_what_can_wait_keeps_nothing_waiting_and_is_not_forgotten(notes: Notes) -> None:
    announced: list[object] = []
    notes.database.listen(announced.extend)
    async with notes.busy():
        waiting = [notes.submit(adding(number), can_wait=True) for number in range(100)]
        pressed = [notes.submit(adding(1000 + number)) for number in range(10)]
    assert await asyncio.gather(*waiting) == list(range(100))
    assert all(one.done() for one in pressed)
    assert max(announced.index(1000 + number) for number in range(10)) < 30
    assert [one for one in announced if one in range(100)] == list(range(100))


async def test_one_refused_command_leaves_its_neighbours_alone(notes: Notes) -> None:
    async def refused(tx: Transaction) -> None:
        await tx.run(ADD, id=70, body=b"")
        tx.announce(70)
        raise Invalid("this one is refused")

    async def clashing(tx: Transaction) -> None:
        await tx.run(ADD, id=80, body=b"")
        await tx.run(ADD, id=1, body=b"")

    announced: list[object] = []
    notes.database.listen(announced.extend)
    with notes.commits() as count:
        async with notes.busy():
            written = [notes.submit(one) for one in (adding(1), refused, adding(2), clashing, adding(3))]
        results = await asyncio.gather(*written, return_exceptions=True)
        assert count() == 1
    assert [results[0], results[2], results[4]] == [1, 2, 3]
    assert isinstance(results[1], Invalid)
    assert isinstance(results[3], notes.clash)
    assert notes.on_disk() == announced == [1, 2, 3]


async def test_a_later_command_of_the_same_commit_sees_the_earlier(notes: Notes) -> None:
    async with notes.busy():
        first, second = notes.submit(adding(1)), notes.submit(ids)
    assert await first == 1
    assert await second == [1]


async def test_an_action_that_is_cancelled_from_within_does_not_end_the_writer(notes: Notes) -> None:
    async def cancelled(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        raise asyncio.CancelledError

    with pytest.raises(Unavailable):
        await notes.write(cancelled)
    assert await notes.write(adding(1)) == 1
    assert notes.on_disk() == [1]


async def test_facts_are_told_after_the_commit_and_before_the_writers_are_answered(notes: Notes) -> None:
    written: list[asyncio.Future[int]] = []
    told: list[tuple[list[object], list[int], bool]] = []
    notes.database.listen(
        lambda facts: told.append((list(facts), notes.on_disk(), any(one.done() for one in written))),
    )
    async with notes.busy():
        written += [notes.submit(adding(number)) for number in (1, 2, 3)]
    await asyncio.gather(*written)
    assert told == [([1, 2, 3], [1, 2, 3], False)]


async def test_a_listener_that_fails_leaves_no_writer_waiting(notes: Notes) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    def fails(_facts: object) -> None:
        raise ValueError("a listener's own fault")

    notes.database.listen(fails)
    assert await notes.write(adding(1)) == 1
    assert [str(complaint["exception"]) for complaint in complaints] == ["a listener's own fault"]


async def test_a_caller_that_gives_up_does_not_disturb(notes: Notes) -> None:
    async with notes.busy():
        impatient = asyncio.ensure_future(notes.write(adding(1)))
        patient = notes.submit(adding(2))
        await asyncio.sleep(0)
        impatient.cancel()
    assert await patient == 2
    assert notes.on_disk() == [1, 2]


async def test_a_reader_sees_one_moment_however_long_it_reads(notes: Notes) -> None:
    await notes.write(adding(1))
    async with notes.database.read() as tx:
        assert await ids(tx) == [1]
        await notes.write(adding(2))
        assert await ids(tx) == [1]
        async with notes.database.read() as other:
            assert await ids(other) == [1, 2]
    async with notes.database.read() as tx:
        assert await ids(tx) == [1, 2]


async def test_a_reader_cannot_write(notes: Notes) -> None:
    async with notes.database.read() as tx:
        with pytest.raises(Exception, match=r"read-?only"):
            await tx.rows(ADD, id=1, body=b"")
    assert notes.on_disk() == []


async def test_many_readers_wait_for_each_other_and_all_are_served(notes: Notes) -> None:
    await notes.write(adding(1))

    async def reads() -> list[int]:
        async with notes.database.read() as tx:
            return await ids(tx)

    assert await asyncio.gather(*(reads() for _ in range(100))) == [[1]] * 100


async def test_run_says_how_many_rows_it_changed(notes: Notes) -> None:
    async def action(tx: Transaction) -> tuple[int, int, Row | None]:
        await tx.run_many(ADD, [{"id": number, "body": b""} for number in range(3)])
        await tx.run_many(ADD, [])
        return await tx.run(CHANGE, which=1, to=b"x"), await tx.run(CHANGE, which=9, to=b"x"), await tx.row(ALL)

    changed, unchanged, first = await notes.write(action)
    assert (changed, unchanged) == (1, 0)
    assert first is not None
    assert first["id"] == 0


async def test_closing_writes_down_what_waits_and_refuses_what_comes_after(notes: Notes) -> None:
    async with notes.busy():
        written = [notes.submit(adding(number)) for number in range(2 * notes.largest)]
        closing = asyncio.ensure_future(notes.database.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="stopping"):
            await notes.submit(adding(9999))
    assert await asyncio.gather(*written) == list(range(2 * notes.largest))
    await closing
    await notes.database.close()
    assert notes.on_disk() == list(range(2 * notes.largest))


async def test_a_commit_that_fails_refuses_all_of_it(notes: Notes) -> None:
    async def dangling(tx: Transaction) -> None:
        await tx.rows(text("INSERT INTO reply (id, note) VALUES (1, 77)"))
        tx.announce("dangling")

    notes.has_replies()
    announced: list[object] = []
    notes.database.listen(announced.extend)
    async with notes.busy():
        written = [notes.submit(one) for one in (adding(1), dangling, adding(2))]
    refused = await asyncio.gather(*written, return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in refused), refused
    assert "Nothing was stored" in str(refused[0])
    assert notes.on_disk() == announced == []
    assert await notes.write(adding(3)) == 3


@pytest.mark.parametrize("wrong", ["mysql://hub:secret@db/hub", "hub.db", ""])
async def test_an_address_that_is_no_database_of_ours_is_refused_with_the_mend(wrong: str) -> None:
    with pytest.raises(Invalid, match="HUB_DATABASE_URL") as refused:
        await Database.open(wrong)
    assert "secret" not in str(refused.value)
