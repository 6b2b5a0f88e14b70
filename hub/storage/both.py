"""What the stores write in one way for both kinds of database."""

from sqlalchemy import Index, text
from sqlalchemy.dialects.sqlite import insert

# `insert` is SQLite's, with its ON CONFLICT: PostgreSQL's compiler is taught to read it (postgres.py).
__all__ = ["insert", "partial_index"]


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only that the condition holds for."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
