"""The migrations on a server: the same schema, made by one of several hubs, all of it or nothing."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.errors import Unavailable
from hub.storage import migrate
from hub.storage.database import Database, metadata
from tests.databases import Postgres

INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture
async def bare(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a database that holds nothing at all."""
    url = await postgres._copied("template1")
    yield url
    await postgres.forget(url)


async def declared(url: str, does: Any) -> Any:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(does)
    await engine.dispose()
    return found


async def test_the_migrations_make_what_the_code_declares(postgres: Postgres, bare: str) -> None:
    def differs(connection: Connection) -> list[Any]:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
        return found

    migrated = await postgres.make()
    assert await declared(migrated, differs) == []
    await declared(bare, metadata.create_all)
    # Which rows an index holds is nothing that alembic compares.
    assert postgres.look(migrated, INDEXES) == postgres.look(bare, INDEXES)
    await postgres.forget(migrated)


async def test_hubs_that_start_at_once_on_an_empty_database_make_it_once(postgres: Postgres, bare: str) -> None:
    for database in await asyncio.gather(*(Database.open(bare) for _ in range(4))):
        await database.close()
    assert {name for (name,) in postgres.look(bare, TABLES)} == {*metadata.tables, "alembic_version"}


async def test_a_newer_schema_is_refused_in_a_sentence(postgres: Postgres) -> None:
    url = await postgres.make()
    await postgres.does("UPDATE alembic_version SET version_num = '9999_from_the_future'", url)
    with pytest.raises(
        migrate.NewerSchema, match=r"has schema 9999_from_the_future.*start the newer version"
    ) as refused:
        await Database.open(url)
    assert "postgres@" not in str(refused.value)
    await postgres.forget(url)


NEXT = """\
from alembic import op

revision = "9998"
down_revision = "{down}"

def upgrade() -> None:
    op.execute("CREATE TABLE first_half (id integer)")
    op.execute("CREATE TABLE {second} (id integer)")
"""


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await postgres.make()
    before = postgres.look(url, TABLES)
    ((down,),) = postgres.look(url, "SELECT version_num FROM alembic_version")
    shutil.copytree(migrate.MIGRATIONS, tmp_path / "next", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path / "next")
    version = tmp_path / "next" / "versions" / "9998_next.py"
    version.write_text(NEXT.format(down=down, second="alarm"), encoding="utf-8")
    with pytest.raises(Unavailable, match='relation "alarm" already exists'):
        await Database.open(url)
    assert postgres.look(url, TABLES) == before
    version.write_text(NEXT.format(down=down, second="second_half"), encoding="utf-8")
    await (await Database.open(url)).close()
    assert {("first_half",), ("second_half",)} <= set(postgres.look(url, TABLES))
    await postgres.forget(url)
