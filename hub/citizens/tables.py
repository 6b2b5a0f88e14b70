"""The tables of citizens: where each lives in the clear, who it is sealed in tables of their own."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from hub.storage.both import partial_index
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
# What those who come to an alarm must know of. Its words are sealed; so is why it was ended.
citizen_risk = Table(
    "citizen_risk",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("citizen", Text),
    Column("place", Text),
    Column("author", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("remind_at", BigInteger),
    Column("conversation", Text),
    Column("message", Integer),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
    Column("sealed", Text, nullable=False),
    Column("why", Text, info={"bound": "citizen_risk-why/{institution}/{id}"}),
    PrimaryKeyConstraint("institution", "id"),
    partial_index("citizen_risk_due", "remind_at", where="remind_at IS NOT NULL"),
)
# Each change of a risk, or of where somebody lives, raises it: what is kept in memory is checked against it.
citizen_version = Table(
    "citizen_version",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)
citizen_risk_shown = Table(
    "citizen_risk_shown",
    metadata,
    Column("institution", Text, nullable=False),
    Column("alarm", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("risk", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "alarm", "person", "risk"),
)
citizen_opening = Table(
    "citizen_opening",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("alarm", Text, nullable=False),
    Column("citizen", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("reviewed_at", BigInteger),
    Column("reviewed_by", Text),
    Column("in_order", Integer),
    Column("sealed", Text),
    Column("verdict", Text, info={"bound": "citizen_opening-verdict/{institution}/{id}"}),
    PrimaryKeyConstraint("institution", "id"),
    Index("citizen_opening_by_time", "institution", "opened_at"),
    Index("citizen_opening_by_alarm", "institution", "alarm", "person"),
)
