"""Brings a database's schema up to the one this program was written for, and refuses a newer one."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from hub.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
# What hubs lock on a server while one of them changes its schema: any number that is nobody else's.
SCHEMA_LOCK = 7_209_347_560_021


class NewerSchema(Unavailable):
    """The database was written by a newer hub than this one."""

    code = "newer_schema"


class BeingOpened(Unavailable):
    """Another hub opens the same new file at this moment."""

    def __init__(self, path: Path, error: BaseException | None) -> None:
        super().__init__(f"{path} is being opened by another hub ({error}): start this again.")


def upgrade(path: Path, to: str = "head") -> None:
    """Runs the missing migrations on the SQLite file at `path`, all or none, creating the file if need be."""
    engine = _engine(path)
    try:
        with engine.begin() as connection:
            _bring_up(connection, str(path), to)
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise BeingOpened(path, error.orig) from error
        raise Unavailable(
            f"{path} is not a database the hub can open ({error.orig}): mend HUB_DATA, or restore it from a back-up."
        ) from error
    finally:
        engine.dispose()


async def upgrade_server(name: str, connect: Callable[[], Awaitable[Any]]) -> None:
    """The same on a PostgreSQL server; hubs that start at once wait for the first of them."""
    # As with Alembic below: it brings the whole ORM along.
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
            await connection.run_sync(_bring_up, name)
    except DatabaseError as error:
        reason = error.orig.__cause__ if error.orig is not None else error
        raise Unavailable(
            f"{name} is not a database the hub can use ({reason}): mend HUB_DATABASE_URL, or restore it from a back-up."
        ) from error
    finally:
        await engine.dispose()


def refuse_newer(name: str, revision: str) -> None:
    """NewerSchema, if this program does not know the revision."""
    if revision not in _known():
        raise NewerSchema(
            f"{name} has schema {revision}, which this version of the hub does not know: "
            "start the newer version, or restore a back-up made by this one."
        )


def newest() -> str:
    """The revision that this program's migrations lead to."""
    return _known()[-1]


def _known() -> list[str]:
    return sorted(script.name.partition("_")[0] for script in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _bring_up(connection: Connection, name: str, to: str = "head") -> None:
    current = _revision(connection)
    if current is not None:
        refuse_newer(name, current)
    if current != newest():
        _run(connection, to)


def _revision(connection: Connection) -> str | None:
    """The schema's revision, as Alembic keeps it; None in a new file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    kept: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return kept


def _run(connection: Connection, to: str) -> None:
    # Imported only when there is something to run: a start that finds its schema in order need not wait for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver alone would commit each CREATE TABLE by itself, and a hub killed half-way could never start again;
        # IMMEDIATE, because a second hub on the same file must wait here, not find the tables half made.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
