import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub.errors import Invalid, Unavailable
from hub.storage.database import LARGEST_COMMIT, Database, Row, Transaction
from hub.storage.sqlite import SqliteDatabase
from tests.storage.notes import ADD, ALL, CHANGE, adding, busy, commits, ids, make_table, on_disk, url


@pytest.fixture
def notes(database: SqliteDatabase) -> SqliteDatabase:
    make_table(database.path)
    return database


async def test_commands_that_wait_together_share_one_commit(notes: SqliteDatabase) -> None:
    with commits(notes) as seen:
        async with busy(notes):
            written = [notes.submit(adding(number)) for number in range(50)]
        assert await asyncio.gather(*written) == list(range(50))
    assert seen == ["COMMIT", "COMMIT"]  # the one that was under way, and all that waited for it
    assert on_disk(notes.path) == list(range(50))


async def test_a_commit_takes_no_more_than_its_share(notes: SqliteDatabase) -> None:
    many = 2 * LARGEST_COMMIT + 1
    with commits(notes) as seen:
        async with busy(notes):
            written = [notes.submit(adding(number)) for number in range(many)]
        await asyncio.gather(*written)
    assert len(seen) == 1 + ceil(many / LARGEST_COMMIT)


async def test_one_refused_command_leaves_its_neighbours_alone(notes: SqliteDatabase) -> None:
    async def refused(tx: Transaction) -> None:
        await tx.run(ADD, id=70, body=b"")
        tx.announce(70)
        raise Invalid("this one is refused")

    async def clashing(tx: Transaction) -> None:
        await tx.run(ADD, id=80, body=b"")
        await tx.run(ADD, id=1, body=b"")

    announced: list[object] = []
    notes.listen(announced.extend)
    with commits(notes) as seen:
        async with busy(notes):
            written = [notes.submit(one) for one in (adding(1), refused, adding(2), clashing, adding(3))]
        results = await asyncio.gather(*written, return_exceptions=True)
    assert seen == ["COMMIT", "COMMIT"]
    assert [results[0], results[2], results[4]] == [1, 2, 3]
    assert isinstance(results[1], Invalid)
    assert isinstance(results[3], sqlite3.IntegrityError)
    assert on_disk(notes.path) == announced == [1, 2, 3]


async def test_a_later_command_of_the_same_commit_sees_the_earlier(notes: SqliteDatabase) -> None:
    async with busy(notes):
        first, second = notes.submit(adding(1)), notes.submit(ids)
    assert await first == 1
    assert await second == [1]


async def test_an_action_that_waits_for_something_else_is_refused_clearly(notes: SqliteDatabase) -> None:
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def sleeps(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        await asyncio.sleep(0)

    async def asks(tx: Transaction) -> None:
        await tx.run(ADD, id=8, body=b"")
        await never

    for action in (sleeps, asks):
        with pytest.raises(RuntimeError, match="may await nothing but its transaction"):
            await notes.write(action)
    assert await notes.write(adding(1)) == 1
    assert on_disk(notes.path) == [1]


async def test_an_action_that_is_cancelled_from_within_does_not_end_the_writer(notes: SqliteDatabase) -> None:
    async def cancelled(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        raise asyncio.CancelledError

    with pytest.raises(Unavailable):
        await notes.write(cancelled)
    assert await notes.write(adding(1)) == 1
    assert on_disk(notes.path) == [1]


async def test_facts_are_told_after_the_commit_and_before_the_writers_are_answered(notes: SqliteDatabase) -> None:
    written: list[asyncio.Future[int]] = []
    told: list[tuple[list[object], list[int], bool]] = []
    notes.listen(
        lambda facts: told.append((list(facts), on_disk(notes.path), any(one.done() for one in written))),
    )
    async with busy(notes):
        written += [notes.submit(adding(number)) for number in (1, 2, 3)]
    await asyncio.gather(*written)
    assert told == [([1, 2, 3], [1, 2, 3], False)]


async def test_a_listener_that_fails_leaves_no_writer_waiting(notes: SqliteDatabase) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    def fails(_facts: object) -> None:
        raise ValueError("a listener's own fault")

    notes.listen(fails)
    assert await notes.write(adding(1)) == 1
    assert [str(complaint["exception"]) for complaint in complaints] == ["a listener's own fault"]


async def test_a_caller_that_gives_up_does_not_disturb(notes: SqliteDatabase) -> None:
    async with busy(notes):
        impatient = asyncio.ensure_future(notes.write(adding(1)))
        patient = notes.submit(adding(2))
        await asyncio.sleep(0)
        impatient.cancel()
    assert await patient == 2
    assert on_disk(notes.path) == [1, 2]


async def test_the_writer_syncs_every_commit(database: SqliteDatabase) -> None:
    async def setting(tx: Transaction) -> tuple[Row | None, Row | None]:
        return await tx.row(text("PRAGMA synchronous")), await tx.row(text("PRAGMA journal_mode"))

    synchronous, journal_mode = await database.write(setting)
    assert synchronous is not None
    assert synchronous["synchronous"] == 2  # FULL
    assert journal_mode is not None
    assert journal_mode["journal_mode"] == "wal"


async def test_a_reader_sees_one_moment_however_long_it_reads(notes: SqliteDatabase) -> None:
    await notes.write(adding(1))
    async with notes.read() as tx:
        assert await ids(tx) == [1]
        await notes.write(adding(2))
        assert await ids(tx) == [1]
        async with notes.read() as other:
            assert await ids(other) == [1, 2]
    async with notes.read() as tx:
        assert await ids(tx) == [1, 2]


async def test_a_reader_cannot_write(notes: SqliteDatabase) -> None:
    async with notes.read() as tx:
        with pytest.raises(Exception, match="readonly"):
            await tx.rows(ADD, id=1, body=b"")
    assert on_disk(notes.path) == []


async def test_many_readers_wait_for_each_other_and_all_are_served(notes: SqliteDatabase) -> None:
    await notes.write(adding(1))

    async def reads() -> list[int]:
        async with notes.read() as tx:
            return await ids(tx)

    assert await asyncio.gather(*(reads() for _ in range(100))) == [[1]] * 100


async def test_run_says_how_many_rows_it_changed(notes: SqliteDatabase) -> None:
    async def action(tx: Transaction) -> tuple[int, int, Row | None]:
        await tx.run_many(ADD, [{"id": number, "body": b""} for number in range(3)])
        await tx.run_many(ADD, [])
        return await tx.run(CHANGE, which=1, to=b"x"), await tx.run(CHANGE, which=9, to=b"x"), await tx.row(ALL)

    changed, unchanged, first = await notes.write(action)
    assert (changed, unchanged) == (1, 0)
    assert first is not None
    assert first["id"] == 0


async def test_closing_writes_down_what_waits_and_refuses_what_comes_after(notes: SqliteDatabase) -> None:
    async with busy(notes):
        written = [notes.submit(adding(number)) for number in range(2 * LARGEST_COMMIT)]
        closing = asyncio.ensure_future(notes.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="stopping"):
            await notes.submit(adding(9999))
    assert await asyncio.gather(*written) == list(range(2 * LARGEST_COMMIT))
    await closing
    await notes.close()
    assert on_disk(notes.path) == list(range(2 * LARGEST_COMMIT))


async def test_a_commit_that_fails_refuses_all_of_it(notes: SqliteDatabase) -> None:
    async def dangling(tx: Transaction) -> None:
        await tx.rows(text("INSERT INTO reply (id, note) VALUES (1, 77)"))
        tx.announce("dangling")

    reply = "CREATE TABLE reply (id INTEGER PRIMARY KEY, note INTEGER REFERENCES note DEFERRABLE INITIALLY DEFERRED)"
    notes._connection.executescript(f"PRAGMA foreign_keys=ON; {reply}")
    announced: list[object] = []
    notes.listen(announced.extend)
    async with busy(notes):
        written = [notes.submit(one) for one in (adding(1), dangling, adding(2))]
    refused = await asyncio.gather(*written, return_exceptions=True)
    assert [type(one) for one in refused] == [Unavailable] * 3
    assert "Nothing was stored" in str(refused[0])
    assert on_disk(notes.path) == announced == []
    assert await notes.write(adding(3)) == 3


async def test_a_full_disk_refuses_and_room_again_is_enough(notes: SqliteDatabase) -> None:
    with full_after(notes, 128 * 1024):
        async with busy(notes):
            written = [notes.submit(adding(number, size=100_000)) for number in range(1, 6)]
        refused = await asyncio.gather(*written, return_exceptions=True)
        assert [type(one) for one in refused] == [Unavailable] * 5
        assert "HUB_DATA" in str(refused[0])
        assert on_disk(notes.path) == []
        with pytest.raises(Unavailable):
            await notes.write(adding(6, size=1_000_000))
        async with notes.read() as tx:  # what is there can still be read
            assert await ids(tx) == []
    assert await notes.write(adding(7, size=100_000)) == 7
    assert on_disk(notes.path) == [7]


@contextmanager
def full_after(database: SqliteDatabase, more: int) -> Iterator[None]:
    """Lets no file of this process grow beyond what the write-ahead log has now and a little more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{database.path}-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("statements", [1, 20], ids=["one large row", "many rows of one command"])
async def test_a_full_database_file_keeps_the_neighbours_or_refuses_them_never_half(
    notes: SqliteDatabase, statements: int
) -> None:
    """SQLite may end the whole transaction itself or only the statement: either way each command is all or nothing."""

    async def too_much(tx: Transaction) -> None:
        await tx.run(ADD, id=500, body=b"small")
        await tx.run_many(ADD, [{"id": 501 + one, "body": bytes(2_000_000 // statements)} for one in range(statements)])

    pages = notes._connection.execute("PRAGMA page_count").fetchone()[0]
    notes._connection.execute(f"PRAGMA max_page_count={pages + 50}")
    announced: list[object] = []
    notes.listen(announced.extend)
    async with busy(notes):
        written = [notes.submit(one) for one in (adding(1), too_much, adding(2))]
    results = await asyncio.gather(*written, return_exceptions=True)
    assert isinstance(results[1], Unavailable)
    stored = [number for number in (1, 2) if number in results]
    assert on_disk(notes.path) == announced == stored
    notes._connection.execute("PRAGMA max_page_count=1000000")
    await notes.write(too_much)
    assert on_disk(notes.path)[len(stored) :] == list(range(500, 501 + statements))


@pytest.mark.parametrize("wrong", ["mysql://hub@db/hub", "sqlite+aiosqlite://", "hub.db"])
async def test_an_address_that_is_no_file_is_refused_with_the_mend(wrong: str) -> None:
    with pytest.raises(Invalid, match="HUB_DATABASE_URL"):
        await Database.open(wrong)


async def test_opening_makes_the_folder(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path / "deep" / "down" / "hub.db"))
    await database.close()
    assert (tmp_path / "deep" / "down" / "hub.db").exists()
