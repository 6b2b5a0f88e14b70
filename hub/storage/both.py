"""What the stores write in one way for both kinds of database."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from sqlalchemy import Index, Text, bindparam, text
from sqlalchemy.dialects.sqlite import insert

# `insert` is SQLite's, with its ON CONFLICT: PostgreSQL's compiler is taught to read it (postgres.py).
__all__ = ["BATCH", "in_batches", "insert", "partial_index"]

# So many are looked up at once.
BATCH = [bindparam(f"id_{number}", type_=Text) for number in range(200)]


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only that the condition holds for."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def in_batches(ids: Sequence[str]) -> Iterator[dict[str, str | None]]:
    """The ids as values for `BATCH`, which is compiled once: the last of them is filled up with nothing."""
    names = [one.key for one in BATCH]
    for first in range(0, len(ids), len(names)):
        yield dict(zip_longest(names, ids[first : first + len(names)]))
