"""Risks that are shown in alarms, and citizens' cards that were opened in one; words are sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_risk",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("citizen", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("remind_at", sa.BigInteger(), nullable=True),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("message", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    there = sa.text("remind_at IS NOT NULL")
    op.create_index("citizen_risk_due", "citizen_risk", ["remind_at"], sqlite_where=there, postgresql_where=there)
    op.create_table(
        "citizen_version",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("institution"),
    )
    op.create_table(
        "citizen_risk_shown",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "alarm", "person", "risk"),
    )
    op.create_table(
        "citizen_opening",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("citizen", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("in_order", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("citizen_opening_by_time", "citizen_opening", ["institution", "opened_at"])
    op.create_index("citizen_opening_by_alarm", "citizen_opening", ["institution", "alarm", "person"])
