"""Brings a database's schema up to the one this program was written for, and refuses a newer one."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from hub.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerSchema(Unavailable):
    """The database was written by a newer hub than this one."""

    code = "newer_schema"


def upgrade(path: Path) -> None:
    """Runs the missing migrations on the SQLite file at `path`, creating it if need be."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            scripts = ScriptDirectory.from_config(config)
            known = {script.revision for script in scripts.walk_revisions()}
            if current is not None and current not in known:
                raise NewerSchema(
                    f"{path} has schema {current}, which this version of the hub does not know: "
                    "start the newer version, or restore a back-up made by this one."
                )
            if current != scripts.get_current_head():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"{path} is not a database the hub can open ({error}): restore it from a back-up.") from error
    finally:
        engine.dispose()
