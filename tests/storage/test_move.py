"""From SQLite to PostgreSQL: every row as it was, in one go, and nothing half done."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Float, Integer, LargeBinary, Table, Text

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from clients.demo.child import tied_to
from hub.errors import Conflict, HubError, Invalid, Unavailable
from hub.storage import journal, migrate
from hub.storage.backup import back_up, move_up
from hub.storage.database import Database, metadata
from hub.storage.journal import Verdict
from hub.storage.pglink import server
from loadtests.hubprocess import HubProcess, child_environment
from tests.databases import Files, Postgres
from tests.storage.hubfull import NOON, OURS, THEIRS, filled, rows_in
from tests.web.served import written

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
_VALUES: dict[type, st.SearchStrategy[Any]] = {
    BigInteger: st.integers(-(2**63), 2**63 - 1),
    Integer: st.integers(-(2**31), 2**31 - 1),
    Float: st.floats(allow_nan=False),
    Text: _TEXT,
    LargeBinary: st.binary(max_size=30),
}


def some_rows(table: Table) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    values = (_VALUES[type(one.type)] | st.none() if one.nullable else _VALUES[type(one.type)] for one in table.columns)
    return st.lists(st.tuples(*values), max_size=5)


# A column of a new type has no values here: say there how it looks in both databases.
_HUBS = st.fixed_dictionaries({table.name: some_rows(table) for table in metadata.sorted_tables})


@pytest.fixture
async def file(files: Files) -> Path:
    return files.file(await files.make(filled))


@asynccontextmanager
async def empty(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a database with the schema, and nothing in it."""
    url = await postgres.make()
    yield url
    await postgres.forget(url)


_numbers = count()


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=_HUBS)
async def test_whatever_a_hub_holds_arrives_and_comes_back_as_it_was(
    files: Files, postgres: Postgres, tmp_path: Path, held: dict[str, list[tuple[Any, ...]]]
) -> None:
    here, there = files.file(await files.make()), tmp_path / f"{next(_numbers)}.db"
    with closing(sqlite3.connect(here)) as opened, opened:
        for table, rows in held.items():
            for row in rows:
                opened.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    before = rows_in(here)
    async with empty(postgres) as url:
        moved = await move_up(here, url)
        drawn = await back_up(url, there)
    assert rows_in(here) == rows_in(there) == before
    assert moved == drawn
    assert moved.rows == {name: len(before[name]) for name in metadata.tables}


async def test_a_hub_that_moved_goes_on_where_it_was(file: Path, postgres: Postgres) -> None:
    url = await postgres._copied("template1")  # which no hub has seen
    moved = await move_up(file, url)
    assert moved.verdicts == [Verdict(THEIRS, 2), Verdict(OURS, 9)]
    assert moved.rows["journal"] == 11
    assert moved.keys == {"k1"}
    database = await Database.open(url)
    entry = await database.write(lambda tx: journal.append(tx, OURS, NOON, "event"), of=OURS)
    async with database.read() as tx:
        assert await journal.verify(tx, OURS) == Verdict(OURS, 10)
    await database.close()
    await postgres.forget(url)
    assert entry.seq == 10


async def test_a_database_that_holds_anything_is_refused_and_left_as_it_is(file: Path, postgres: Postgres) -> None:
    async with empty(postgres) as url:
        await postgres.does("INSERT INTO pulse VALUES (1, 1)", url)
        with pytest.raises(Conflict, match=r"is not empty \(pulse\): make a new one"):
            await move_up(file, url)
        assert await postgres.does("SELECT count(*) FROM journal", url) == [(0,)]


async def test_who_is_about_to_write_there_is_not_waited_for(file: Path, postgres: Postgres) -> None:
    async with empty(postgres) as url:
        other = await asyncpg.connect(server(url))
        await other.execute("BEGIN; INSERT INTO pulse VALUES (1, 1)")
        with pytest.raises(Unavailable, match=r"The move was broken off \(.*lock timeout\), and nothing is left of it"):
            await move_up(file, url)
        await other.close()
        await move_up(file, url)


async def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path, postgres: Postgres) -> None:
    with closing(sqlite3.connect(tmp_path / "places.db")) as opened, opened:
        opened.execute("CREATE TABLE place (id INTEGER)")
    before = rows_in(tmp_path / "places.db")
    async with empty(postgres) as url:
        with pytest.raises(Invalid, match=r"places\.db is not a hub's database"):
            await move_up(tmp_path / "places.db", url)
    assert rows_in(tmp_path / "places.db") == before


async def test_a_journal_that_was_tampered_with_moves_as_it_is_and_its_fault_is_named(
    file: Path, postgres: Postgres
) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("UPDATE journal SET facts = '{}' WHERE institution = ? AND seq = 4", (OURS,))
        opened.execute("DELETE FROM journal_head WHERE institution = ?", (THEIRS,))
    async with empty(postgres) as url:
        verdicts = (await move_up(file, url)).verdicts
    assert [one.fault for one in verdicts] == [
        "the journal's head was removed: 2 rows stand without it",
        "row 4 was altered",
    ]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("actor", "'a' || char(0) || 'b'", r"The move was broken off \(.*0x00"),
        ("actor", "x'ff'", r"A row of journal holds what no hub writes there \(.*bytes"),
        ("at", "'late'", r"A row of journal holds what no hub writes there \(.*'str'"),
        ("at", "0.5", r"What was written is not what was read \(journal\)"),
    ],
)
async def test_what_the_server_cannot_hold_is_told_and_nothing_moves(
    file: Path, postgres: Postgres, column: str, value: str, says: str
) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute(f"UPDATE journal SET {column} = {value} WHERE seq = 2")
    async with empty(postgres) as url:
        with pytest.raises(HubError, match=says):
            await move_up(file, url)
        assert await postgres.does("SELECT count(*) FROM alarm", url) == [(0,)]


async def test_a_hub_that_runs_on_the_file_is_in_the_way_and_goes_on(tmp_path: Path, postgres: Postgres) -> None:
    hub = HubProcess(tmp_path / "data")
    await hub.setup(written(tmp_path, datetime.now(UTC)))
    async with empty(postgres) as url:
        async with hub:
            with pytest.raises(Conflict, match=r"hub\.db is in use .*: stop the hub that runs on it"):
                await move_up(hub.data / "hub.db", url)
            await hub.ready()
        assert (await move_up(hub.data / "hub.db", url)).rows["institution"] == 1


@asynccontextmanager
async def stuck(postgres: Postgres, url: str, table: str) -> AsyncIterator[None]:
    """What is written to the table does not come to its end."""
    await postgres.does(
        "CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'",
        url,
    )
    await postgres.does(f"CREATE TRIGGER hang BEFORE INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION hang()", url)
    yield
    await postgres.does("DROP FUNCTION hang() CASCADE", url)


async def test_a_move_that_is_killed_half_way_leaves_nothing_and_is_simply_run_again(
    file: Path, postgres: Postgres
) -> None:
    async with empty(postgres) as url:
        async with stuck(postgres, url, "secret"):
            moving = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "hub", "migrate-store", str(file)),
                env=child_environment() | {"HUB_DATABASE_URL": url, "HUB_DATA": str(file.parent)},
                preexec_fn=tied_to(os.getpid()),
            )
            sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            while not await postgres.does(f"SELECT 1 {sleeping}", url):
                assert moving.returncode is None
            moving.kill()
            await moving.wait()
            # One that was reading would have noticed by itself.
            await postgres.does(f"SELECT pg_terminate_backend(pid) {sleeping}", url)
        assert await postgres.does("SELECT count(*) FROM journal", url) == [(0,)]
        assert (await move_up(file, url)).rows["journal"] == 11


COUNTED = """\
import sqlalchemy as sa
from alembic import op

revision = "9998"
down_revision = "{down}"

def upgrade() -> None:
    op.create_table("counted", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("what", sa.Text()))
"""


async def test_a_new_table_moves_by_itself_and_goes_on_counting(
    file: Path, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree(migrate.MIGRATIONS, tmp_path / "migrations", ignore=ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "migrations")
    newest = COUNTED.format(down=migrate._known()[-1])
    (tmp_path / "migrations" / "versions" / "9998_counted.py").write_text(newest, encoding="utf-8")
    copyfile(file, tmp_path / "hub.db")
    migrate.upgrade(tmp_path / "hub.db")
    with closing(sqlite3.connect(tmp_path / "hub.db")) as opened, opened:
        opened.execute("INSERT INTO counted VALUES (7, 'seven')")
    async with empty(postgres) as url:
        assert (await move_up(tmp_path / "hub.db", url)).rows["counted"] == 1
        await postgres.does("INSERT INTO counted (what) VALUES ('eight')", url)
        assert await postgres.does("SELECT id FROM counted WHERE what = 'eight'", url) == [(8,)]
