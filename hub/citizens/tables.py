"""The tables of citizens: where each lives in the clear, who it is sealed in tables of their own."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from hub.storage.database import metadata

citizen = Table(
    "citizen",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("place", Text),
    Column("added_by", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("moved_out_at", BigInteger),
    Column("held_at", BigInteger),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("citizen_by_unit", "institution", "unit"),
)
# The name and what must be known in need, each by itself.
citizen_text = Table(
    "citizen_text",
    metadata,
    Column("institution", Text, nullable=False),
    Column("citizen", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "citizen", "what"),
)
# Found by a keyed hash. What the institution's own key seals is called ciphertext: a new master key passes it by, and
# seals that key anew.
citizen_number = Table(
    "citizen_number",
    metadata,
    Column("institution", Text, nullable=False),
    Column("lookup", Text, nullable=False),
    Column("citizen", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "lookup"),
    Index("citizen_number_by_citizen", "institution", "citizen"),
)
# Whom an incident's case note is about.
citizen_incident = Table(
    "citizen_incident",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("citizen", Text, nullable=False),
    PrimaryKeyConstraint("institution", "incident", "citizen"),
    Index("citizen_incident_by_citizen", "institution", "citizen"),
)
