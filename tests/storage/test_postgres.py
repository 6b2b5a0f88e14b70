"""What only a server can do, or have done to it: several hubs over it, and all the ways in which it can fail them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest
from sqlalchemy import text

from hub.errors import Invalid, Unavailable
from hub.reach import store as reach
from hub.reach.low import Low
from hub.storage import journal, outbox, pglink
from hub.storage import postgres as storage
from hub.storage.database import Database, Reader, Row, Transaction
from hub.storage.journal import Verdict
from hub.storage.outbox import Parcel
from hub.storage.postgres import WRITERS
from tests.databases import Postgres
from tests.faults.badline import BadLine
from tests.storage.notes import ADD, HERE, PostgresNotes, adding, another_hub_writes, ids, noted, waits_for_its_turn

THERE = "maanehuset"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def notes(postgres: Postgres) -> AsyncIterator[PostgresNotes]:
    async with noted(postgres) as notes:
        assert isinstance(notes, PostgresNotes)
        yield notes


@pytest.fixture
async def second(notes: PostgresNotes) -> AsyncIterator[Database]:
    """Another hub over the same database."""
    database = await Database.open(notes.url)
    yield database
    await database.close()


async def test_hubs_that_write_at_once_make_one_chain_and_each_tells_in_its_order(
    notes: PostgresNotes, second: Database
) -> None:
    told: dict[Database, list[int]] = {notes.database: [], second: []}

    async def action(tx: Transaction) -> int:
        entry = await journal.append(tx, HERE, NOON, "event")
        tx.announce(entry.seq)
        return entry.seq

    for database, heard in told.items():
        database.listen(heard.extend)  # type: ignore[arg-type]
    written = [database.write(action, of=HERE) for _ in range(100) for database in told]
    assert sorted(await asyncio.gather(*written)) == list(range(1, 201))
    async with second.read() as tx:
        assert await journal.verify(tx, HERE) == Verdict(HERE, 200)
    assert sorted(told[notes.database] + told[second]) == list(range(1, 201))
    assert all(one < next_one for heard in told.values() for one, next_one in pairwise(heard))


async def test_a_busy_institution_delays_no_other(notes: PostgresNotes) -> None:
    async with notes.busy():
        waiting = [notes.submit(adding(number)) for number in range(200)]
        assert await notes.database.write(adding(1000), of=THERE) == 1000
        assert await notes.database.write(adding(1001)) == 1001
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)


async def test_more_institutions_than_connections_all_have_their_turn(notes: PostgresNotes) -> None:
    many = range(3 * WRITERS)
    written = [notes.database.write(adding(number), of=f"house-{number}") for number in many]
    assert await asyncio.gather(*written) == list(many)
    assert not notes.database._lanes


async def test_whose_order_it_is_may_be_found_out_first(notes: PostgresNotes) -> None:
    async def found() -> str:
        async with notes.database.read() as tx:
            await ids(tx)
        return HERE

    async def unknown() -> str:
        raise Invalid("nobody knows")

    async def action(tx: Transaction) -> int:
        return (await journal.append(tx, HERE, NOON, "event")).seq

    assert await notes.database.write(action, of=found) == 1
    with pytest.raises(Invalid, match="nobody knows"):
        await notes.database.write(action, of=unknown)


async def test_a_journal_is_written_only_in_its_own_order(notes: PostgresNotes) -> None:
    async def action(tx: Transaction) -> None:
        await journal.append(tx, HERE, NOON, "event")

    for of in (None, THERE):
        with pytest.raises(RuntimeError, match=f"submitted with of='{HERE}'"):
            await notes.database.write(action, of=of)


async def test_senders_of_several_hubs_never_take_the_same(notes: PostgresNotes, second: Database) -> None:
    parcels = [Parcel(HERE, f"alarm-{n}", "jette", "sms", 1, "{}", NOON) for n in range(60)]
    await notes.database.write(lambda tx: outbox.add(tx, parcels), of=HERE)
    lease = timedelta(seconds=30)

    async def take(tx: Transaction) -> list[Parcel]:
        return await outbox.take(tx, "sms", NOON, lease, 15)

    found = await asyncio.gather(*(database.write(take) for _ in range(4) for database in (notes.database, second)))
    taken = [one.subject for some in found for one in some]
    assert len(taken) == len(set(taken))
    while more := await second.write(take):
        taken += [one.subject for one in more]
    assert sorted(taken) == sorted(one.subject for one in parcels)


async def test_of_hubs_that_see_low_reach_at_once_one_says_so(notes: PostgresNotes, second: Database) -> None:
    first, told = Low(NOON), Low(NOON, NOON)
    for before, after in ((None, first), (first, told), (told, Low(NOON, NOON + timedelta(hours=1))), (first, None)):
        moving = partial(reach.move_low, institution=HERE, unit="nord", before=before, after=after)
        moved = await asyncio.gather(*(database.write(moving, of=HERE) for database in (notes.database, second)))
        assert sum(moved) == (1 if after is not None else 0)
    last = partial(
        reach.move_low, institution=HERE, unit="nord", before=Low(NOON, NOON + timedelta(hours=1)), after=None
    )
    assert sorted([await second.write(last, of=HERE), await notes.database.write(last, of=HERE)]) == [False, True]


async def test_the_disk_has_it_before_anyone_is_told(notes: PostgresNotes) -> None:
    async def setting(tx: Transaction) -> Row | None:
        return await tx.row(text("SELECT current_setting('synchronous_commit') AS waits"))

    await notes.kind.does(f"ALTER DATABASE {notes.url.rpartition('/')[2]} SET synchronous_commit = off")
    row = await notes.write(setting)
    assert row is not None
    assert row["waits"] == "on"


async def test_an_action_that_swallows_what_the_database_refused_is_refused_itself(notes: PostgresNotes) -> None:
    async def swallows(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        with pytest.raises(notes.clash):
            await tx.run(ADD, id=7, body=b"")

    with pytest.raises(Unavailable, match="went on after"):
        await notes.write(swallows)
    assert await notes.write(adding(1)) == 1
    assert notes.on_disk() == [1]


# How it fails.


async def test_who_waits_too_long_for_another_hub_is_refused_and_the_next_is_not(
    notes: PostgresNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pglink._SETTINGS, "lock_timeout", "100ms")
    impatient = await Database.open(notes.url)
    async with another_hub_writes(notes.url):
        with pytest.raises(Unavailable, match=r"lock timeout.*Nothing was stored: get help another way"):
            await impatient.write(adding(1), of=HERE)
    assert await impatient.write(adding(2), of=HERE) == 2
    await impatient.close()
    assert notes.on_disk() == [2]


async def test_a_hub_that_freezes_in_the_middle_lets_go_of_the_order(
    notes: PostgresNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pglink._SETTINGS, "idle_in_transaction_session_timeout", "200ms")
    freezing = await Database.open(notes.url)
    halfway, thaw = asyncio.Event(), asyncio.Event()

    async def freezes(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        halfway.set()
        await thaw.wait()
        await tx.run(ADD, id=8, body=b"")

    frozen = freezing.submit(freezes, of=HERE)
    await halfway.wait()
    assert await notes.write(adding(1)) == 1
    thaw.set()
    with pytest.raises(Unavailable, match="Nothing was stored"):
        await frozen
    assert await freezing.write(adding(2), of=HERE) == 2
    await freezing.close()
    assert notes.on_disk() == [1, 2]


async def test_who_hears_nothing_on_one_connection_waits_on_no_other(
    notes: PostgresNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pglink, "PATIENCE", 1000)
    monkeypatch.setattr(storage, "SILENCE", 0.2)
    async with BadLine(notes.kind.server.port) as line:
        there = notes.url.replace(f":{notes.kind.server.port}/", f":{line.port}/")
        cut_off = await Database.open(there)
        # A connection to read on, and two to write on.
        async with cut_off.read() as tx:
            await ids(tx)
        await asyncio.gather(cut_off.write(adding(1), of=HERE), cut_off.write(adding(2), of=THERE))
        line.swallows = frozenset(("asks", "answers"))
        written = [cut_off.submit(adding(3), of=HERE), cut_off.submit(adding(4), of=THERE)]
        with pytest.raises(Unavailable, match="look at the PostgreSQL server"):
            async with cut_off.read() as tx:
                await ids(tx)
        refused = await asyncio.gather(*written, return_exceptions=True)
        assert all(isinstance(one, Unavailable) for one in refused), refused
        line.heals()
        assert await cut_off.write(adding(5), of=HERE) == 5
        await cut_off.close()
    assert notes.on_disk() == [1, 2, 5]


async def test_a_connection_that_is_lost_takes_nothing_half_with_it(notes: PostgresNotes) -> None:
    async def cut_off(tx: Transaction) -> None:
        await tx.run(ADD, id=7, body=b"")
        row = await tx.row(text("SELECT pg_backend_pid() AS pid"))
        assert row is not None
        notes.kind.look(notes.url, f"SELECT pg_terminate_backend({row['pid']})")
        await tx.run(ADD, id=8, body=b"")

    announced: list[object] = []
    notes.database.listen(announced.extend)
    async with notes.busy():
        written = [notes.submit(one) for one in (adding(1), cut_off, adding(2))]
    refused = await asyncio.gather(*written, return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in refused), refused
    assert notes.on_disk() == announced == []
    assert await notes.write(adding(3)) == 3


async def test_a_commit_without_an_answer_says_that_nobody_knows(notes: PostgresNotes) -> None:
    async def dies_at_the_commit(tx: Transaction) -> None:
        row = await tx.row(text("SELECT pg_backend_pid() AS pid"))
        assert row is not None
        notes.kind.look(notes.url, f"SELECT pg_terminate_backend({row['pid']})")

    with pytest.raises(Unavailable, match="Nobody knows whether it was stored: send it again"):
        await notes.write(dies_at_the_commit)


async def test_a_reader_whose_connection_is_lost_hears_so_and_the_next_reads_on(notes: PostgresNotes) -> None:
    async def reads(tx: Reader) -> None:
        row = await tx.row(text("SELECT pg_backend_pid() AS pid"))
        assert row is not None
        notes.kind.look(notes.url, f"SELECT pg_terminate_backend({row['pid']})")
        await ids(tx)

    with pytest.raises(Unavailable, match="look at the PostgreSQL server"):
        async with notes.database.read() as tx:
            await reads(tx)
    async with notes.database.read() as tx:
        assert await ids(tx) == []


async def test_a_reader_that_is_given_up_leaves_its_connection_to_nobody(notes: PostgresNotes) -> None:
    async def reads() -> None:
        async with notes.database.read() as tx:
            await tx.rows(text("SELECT pg_sleep(60)"))

    reading = asyncio.ensure_future(reads())
    asleep = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not notes.kind.look(notes.url, asleep):  # noqa: ASYNC110 - only the server knows
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with notes.database.read() as tx:
        assert await ids(tx) == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
async def test_a_server_that_goes_and_comes_back_is_found_again(
    postgres: Postgres, notes: PostgresNotes, sign: signal.Signals
) -> None:
    assert await notes.write(adding(1)) == 1
    async with another_hub_writes(notes.url) as other:
        halfway = notes.submit(adding(2))
        await waits_for_its_turn(notes.url)
        await postgres.ends_by(sign)
        other.terminate()
    for attempt in (halfway, notes.write(adding(3))):
        with pytest.raises(Unavailable, match="tell the operator to look at the PostgreSQL server"):
            await attempt
    with pytest.raises(Unavailable):
        async with notes.database.read() as tx:
            await ids(tx)
    await postgres.comes_back()
    assert await notes.write(adding(4)) == 4
    async with notes.database.read() as tx:
        assert await ids(tx) == [1, 4]


async def test_an_address_where_nobody_answers_is_refused_without_its_password(postgres: Postgres) -> None:
    address = f"postgresql+asyncpg://hub:hemmeligt@127.0.0.1:1/{HERE}"
    with pytest.raises(Unavailable, match=f"127.0.0.1:1/{HERE} is not a database the hub can open.*start the server"):
        await Database.open(address)
    with pytest.raises(Unavailable, match='database "nowhere" does not exist'):
        await Database.open(postgres.server.url("nowhere"))
    with pytest.raises(Invalid, match="HUB_DATABASE_URL") as refused:
        await Database.open(address.replace(":1/", ":hemmeligt/"))
    assert "hemmeligt" not in str(refused.value)


async def test_what_the_server_is_told_of_the_hub(notes: PostgresNotes) -> None:
    await notes.write(adding(1))
    names = notes.kind.look(notes.url, "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tryghedshub'")
    assert names
