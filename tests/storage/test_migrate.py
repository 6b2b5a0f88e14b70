import asyncio
import os
import re
import shutil
import sqlite3
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

import hub.app  # every room declares its tables when it is imported
from hub.errors import Unavailable
from hub.storage import migrate
from hub.storage.database import Database, metadata
from tests.storage.notes import url


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema without rows, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "hub.db"
    migrate.upgrade(path)
    return path


HERE = {"PYTHONPATH": str(Path(hub.app.__file__).parents[1])}


def schema(path: Path) -> dict[str, str]:
    """Every table and index by name, as SQL without its spacing."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    finally:
        connection.close()
    return {name: re.sub(r"[\s\"]+", " ", sql).strip() for name, sql in rows}


def revision(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def test_nothing_becomes_the_newest_schema_and_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    migrate.upgrade(path)
    made = schema(path)
    assert set(metadata.tables) <= set(made)
    migrate.upgrade(path)
    assert schema(path) == made


def test_the_migrations_make_what_the_code_declares(empty_file: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{empty_file}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()

    # What alembic does not compare: WITHOUT ROWID, and which rows an index holds.
    declared = tmp_path / "declared.db"
    engine = create_engine(f"sqlite:///{declared}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(empty_file) == schema(declared) | {"alembic_version": schema(empty_file)["alembic_version"]}


async def test_a_newer_schema_is_refused_in_a_sentence_and_left_as_it_is(empty_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    shutil.copyfile(empty_file, path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(migrate.NewerSchema, match=r"hub\.db has schema 9999_from_the_future.*start the newer version"):
        await Database.open(url(path))
    assert path.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_in_a_sentence_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_text("Dear diary, today nothing happened. " * 200, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(Unavailable, match=r"hub\.db is not a database the hub can open \(file is not a database\)"):
        await Database.open(url(path))
    assert path.read_bytes() == before


async def test_a_folder_in_the_databases_place_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "hub.db").mkdir()
    with pytest.raises(Unavailable, match="mend HUB_DATA"):
        await Database.open(url(tmp_path / "hub.db"))


OPENER = """\
import asyncio, sys
from hub.errors import Unavailable
from hub.storage.database import Database

async def main():
    await (await Database.open(sys.argv[1])).close()

print("ready", flush=True)
sys.stdin.readline()
try:
    asyncio.run(main())
except Unavailable as refusal:
    print(refusal.detail)
else:
    print("opened")
"""


async def test_hubs_that_start_at_once_on_a_new_file_make_it_once(tmp_path: Path) -> None:
    openers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPENER, url(tmp_path / "hub.db"), stdin=PIPE, stdout=PIPE, env={**os.environ, **HERE}
        )
        for _ in range(2)
    ]
    for opener in openers:
        assert opener.stdout is not None
        assert await opener.stdout.readline() == b"ready\n"
    said = [out.decode().strip() for out, _ in await asyncio.gather(*(one.communicate(b"\n") for one in openers))]
    assert "opened" in said
    # SQLite gives a new file to only one at the moment when it becomes a write-ahead log.
    assert all(one == "opened" or one.endswith("start this again.") for one in said), said
    assert set(metadata.tables) <= set(schema(tmp_path / "hub.db"))


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our migrations and one more, which the test writes."""
    migrations = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", migrations)
    return migrations / "versions" / "9998_next.py"


NEXT = """\
from alembic import op

revision = "9998"
down_revision = "{down}"

def upgrade() -> None:
    op.execute("CREATE TABLE first_half (id INTEGER PRIMARY KEY)")
    op.execute("{second}")
"""


def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    empty_file: Path, tmp_path: Path, next_version: Path
) -> None:
    path = tmp_path / "hub.db"
    shutil.copyfile(empty_file, path)
    before, down = schema(path), revision(path)
    next_version.write_text(NEXT.format(down=down, second="CREATE TABLE alarm (id INTEGER)"), encoding="utf-8")
    with pytest.raises(Unavailable, match="alarm already exists"):
        migrate.upgrade(path)
    assert schema(path) == before
    assert revision(path) == down

    next_version.write_text(NEXT.format(down=down, second="CREATE TABLE second_half (id INTEGER)"), encoding="utf-8")
    migrate.upgrade(path)
    assert {"first_half", "second_half"} <= set(schema(path))
    assert revision(path) == "9998"
