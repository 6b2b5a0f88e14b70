"""What is changed by hand on the pages: one-time codes, what ends by itself, versions of rules, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("became", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rules_version",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "number"),
    )
    op.create_table(
        "reason",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "seq"),
    )
    op.add_column("institution", sa.Column("edited_at", sa.BigInteger(), nullable=True))
    op.add_column("person", sa.Column("leaves_at", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("device", sa.Column("enrolled", sa.Integer(), nullable=True))
    op.add_column("device", sa.Column("ends_at", sa.BigInteger(), nullable=True))
    op.add_column("push_subscription", sa.Column("holder", sa.Text(), nullable=True))
    op.create_index(
        "person_leaving",
        "person",
        ["leaves_at"],
        unique=False,
        sqlite_where=sa.text("leaves_at IS NOT NULL AND retired_at IS NULL"),
        postgresql_where=sa.text("leaves_at IS NOT NULL AND retired_at IS NULL"),
    )
