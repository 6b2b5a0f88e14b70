"""The record of incidents: what happened, what people wrote of it, sealed, and who reads and signs it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("kinds", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("leader_by", sa.Text(), nullable=True),
        sa.Column("leader_at", sa.BigInteger(), nullable=True),
        sa.Column("safety_by", sa.Text(), nullable=True),
        sa.Column("safety_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("incident_by_time", "incident", ["institution", "happened_at", "id"])
    op.create_table(
        "incident_alarm",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "alarm"),
    )
    op.create_index("incident_alarm_by_incident", "incident_alarm", ["institution", "incident"])
    op.create_table(
        "incident_person",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "incident", "person"),
    )
    op.create_index("incident_person_by_person", "incident_person", ["institution", "person", "incident"])
    op.create_table(
        "incident_said",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "incident", "number"),
    )
    op.create_table(
        "incident_trace",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        *(sa.Column(f"w{n}", sa.BigInteger(), nullable=False) for n in range(16)),
        sa.PrimaryKeyConstraint("institution", "incident", "paper"),
    )
    op.create_table(
        "incident_draft",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "person", "what"),
    )
    op.create_table(
        "incident_remark",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "seq"),
    )
    op.create_table(
        "incident_cursor",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution"),
    )
    op.create_table(
        "safety_representative",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "person"),
    )
