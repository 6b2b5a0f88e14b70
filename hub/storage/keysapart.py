"""The keys of conversations, kept apart from every back-up: what is destroyed is destroyed in older back-ups too."""

import json
import sqlite3
from pathlib import Path

from hub.errors import Unavailable
from hub.storage.keyfile import written

FILE = "keys/conversations.json"
_ALL = "SELECT institution, conversation, sealed FROM conversation_key ORDER BY institution, conversation"
_FORGET = "DELETE FROM conversation_key"
_PUT = """
    INSERT INTO conversation_key (institution, conversation, sealed)
    SELECT institution, id, ? FROM conversation WHERE institution = ? AND id = ? AND destroyed_at IS NULL
"""
_LACKING = """
    SELECT count(*) FROM conversation WHERE destroyed_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM conversation_key AS own
        WHERE own.institution = conversation.institution AND own.conversation = conversation.id
    )
"""


def take(file: sqlite3.Connection, path: Path) -> None:
    """Moves the keys out of a copy into the one file that holds those of the conversations that are there now."""
    if not _has_any(file):
        return
    rows = [list(row) for row in file.execute(_ALL)]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with written(path, {"conversations": rows}) as new:
        new.replace(path)
    file.execute(_FORGET)
    # Nothing of them stays in what the file no longer uses.
    file.execute("VACUUM")


def put_back(file: sqlite3.Connection, path: Path) -> int:
    """Gives a copy the keys that there are now; how many of its conversations nobody can read without theirs.

    A copy from before keys were kept apart has its own, and keeps them only where there is no file of them.
    """
    if not _has_any(file):
        return 0
    if path.exists():
        try:
            rows = [(sealed, of, which) for of, which, sealed in json.loads(path.read_text())["conversations"]]
        except (ValueError, LookupError, TypeError) as error:
            raise Unavailable(f"{path} is not the file of keys that a back-up wrote: bring it back.") from error
        file.execute("BEGIN IMMEDIATE")
        file.execute(_FORGET)
        file.executemany(_PUT, rows)
        file.execute("COMMIT")
    lacking: int = file.execute(_LACKING).fetchone()[0]
    return lacking


def _has_any(file: sqlite3.Connection) -> bool:
    """Whether the copy is of a hub that knows conversations."""
    return bool(file.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversation_key'").fetchall())
