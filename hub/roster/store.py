"""Shifts in the database, and who is on duty by them."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from hub.storage.database import metadata

shift = Table(
    "shift",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("duty", Text, nullable=False),
    Column("role", Text),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    UniqueConstraint("institution", "source", "source_id", name="shift_by_source"),
    # Who is on duty: of those not yet over, the few that have begun. Past shifts, years of them, are never touched.
    Index("shift_by_end", "institution", "ends", "starts"),
    # The next beginning after a moment.
    Index("shift_by_start", "institution", "starts"),
)
