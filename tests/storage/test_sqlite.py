"""What only SQLite can do, or have done to it."""

import asyncio
import resource
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.errors import Invalid, Unavailable
from hub.storage.database import Database, Row, Transaction
from hub.storage.sqlite import A_TURN, SqliteDatabase
from hub.storage.sqlitelog import FOLDED_AFTER
from tests.databases import Files
from tests.storage.notes import ADD, SqliteNotes, adding, ids, noted, url


@pytest.fixture
async def notes(files: Files) -> AsyncIterator[SqliteNotes]:
    async with noted(files) as notes:
        assert isinstance(notes, SqliteNotes)
        yield notes


@pytest.fixture
def database(notes: SqliteNotes) -> SqliteDatabase:
    return notes.database


async def test_an_action_that_waits_for_something_else_is_refused_clearly(notes: SqliteNotes) -> None:
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
    assert notes.on_disk() == [1]


async def test_the_writer_syncs_every_commit(database: SqliteDatabase) -> None:
    async def setting(tx: Transaction) -> tuple[Row | None, Row | None]:
        return await tx.row(text("PRAGMA synchronous")), await tx.row(text("PRAGMA journal_mode"))

    synchronous, journal_mode = await database.write(setting)
    assert synchronous is not None
    assert synchronous["synchronous"] == 2  # FULL
    assert journal_mode is not None
    assert journal_mode["journal_mode"] == "wal"


async def test_what_was_committed_reaches_the_file_itself_while_the_writer_goes_on(notes: SqliteNotes) -> None:
    said, file = b"midt i natten", notes.database.path

    async def says(tx: Transaction) -> None:
        await tx.run(ADD, id=0, body=said)

    await notes.write(says)
    written = 1
    while said not in file.read_bytes():
        await notes.write(adding(written))
        written += 1
        assert written < 10 * FOLDED_AFTER, "nobody folds the log"
    assert len(notes.on_disk()) == written
    assert await notes.database.sweep()
    assert file.with_name("hub.db-wal").stat().st_size == 0


async def test_a_full_disk_refuses_and_room_again_is_enough(notes: SqliteNotes) -> None:
    with full_after(notes.database, 128 * 1024):
        async with notes.busy():
            written = [notes.submit(adding(number, size=100_000)) for number in range(1, 6)]
        refused = await asyncio.gather(*written, return_exceptions=True)
        assert [type(one) for one in refused] == [Unavailable] * 5
        assert "HUB_DATA" in str(refused[0])
        assert notes.on_disk() == []
        with pytest.raises(Unavailable):
            await notes.write(adding(6, size=1_000_000))
        async with notes.database.read() as tx:  # what is there can still be read
            assert await ids(tx) == []
    assert await notes.write(adding(7, size=100_000)) == 7
    assert notes.on_disk() == [7]


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
    notes: SqliteNotes, statements: int
) -> None:
    """SQLite may end the whole transaction itself or only the statement: either way each command is all or nothing."""

    async def too_much(tx: Transaction) -> None:
        await tx.run(ADD, id=500, body=b"small")
        await tx.run_many(ADD, [{"id": 501 + one, "body": bytes(2_000_000 // statements)} for one in range(statements)])

    pages = notes.database._connection.execute("PRAGMA page_count").fetchone()[0]
    notes.database._connection.execute(f"PRAGMA max_page_count={pages + 50}")
    announced: list[object] = []
    notes.database.listen(announced.extend)
    async with notes.busy():
        written = [notes.submit(one) for one in (adding(1), too_much, adding(2))]
    results = await asyncio.gather(*written, return_exceptions=True)
    assert isinstance(results[1], Unavailable)
    stored = [number for number in (1, 2) if number in results]
    assert notes.on_disk() == announced == stored
    notes.database._connection.execute("PRAGMA max_page_count=1000000")
    await notes.write(too_much)
    assert notes.on_disk()[len(stored) :] == list(range(500, 501 + statements))


async def test_an_address_without_a_file_is_refused_with_the_mend() -> None:
    with pytest.raises(Invalid, match="HUB_DATABASE_URL"):
        await Database.open("sqlite+aiosqlite://")


async def test_opening_makes_the_folder(tmp_path: Path) -> None:
    database = await Database.open(url(tmp_path / "deep" / "down" / "hub.db"))
    await database.close()
    assert (tmp_path / "deep" / "down" / "hub.db").exists()


async def test_a_busy_institution_holds_up_a_quiet_one_by_a_turn_at_most(notes: SqliteNotes) -> None:
    commits: list[list[object]] = []
    notes.database.listen(lambda facts: commits.append(list(facts)))
    async with notes.busy():
        written = [notes.submit(adding(number)) for number in range(1, 101)]
        quiet = notes.database.submit(adding(1000), of="stille")
    assert await asyncio.gather(*written, quiet) == [*range(1, 101), 1000]
    assert commits == [[*range(1, A_TURN + 1), 1000], list(range(A_TURN + 1, 101))]


async def test_a_quiet_institution_gets_into_a_commit_that_is_under_way_and_ends_it(notes: SqliteNotes) -> None:
    commits: list[list[object]] = []
    notes.database.listen(lambda facts: commits.append(list(facts)))
    begun, over = threading.Event(), threading.Event()

    async def held(tx: Transaction) -> int:
        begun.set()
        over.wait()
        return await adding(1)(tx)

    async with notes.busy():
        written = [notes.submit(one) for one in (held, *(adding(number) for number in range(2, 21)))]
    await asyncio.to_thread(begun.wait)
    quiet = notes.database.submit(adding(1000), of="stille")
    over.set()
    await asyncio.gather(*written, quiet)
    assert commits == [[*range(1, 2 * A_TURN + 1), 1000], list(range(2 * A_TURN + 1, 21))]


async def test_what_somebody_says_before_their_institution_is_known_is_written_first(notes: SqliteNotes) -> None:
    commits: list[list[object]] = []
    notes.database.listen(lambda facts: commits.append(list(facts)))

    async def never_asked() -> str:
        raise AssertionError("one writer needs to know nobody's institution")

    async with notes.busy():
        written = [notes.submit(adding(number)) for number in range(1, 2 * A_TURN + 1)]
        unknown = [notes.database.submit(adding(100 + number), of=never_asked) for number in range(2 * A_TURN)]
        known = notes.submit(adding(1000))
    await asyncio.gather(*written, *unknown, known)
    assert [fact for commit in commits for fact in commit] == [
        *range(100, 100 + 2 * A_TURN),
        *range(1, 2 * A_TURN + 1),
        1000,
    ]
