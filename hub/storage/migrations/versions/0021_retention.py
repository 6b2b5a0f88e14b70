"""How long records are kept: what is held, what the archive has, and an institution's own rules."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_hold",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "incident", "seq"),
    )
    op.create_table(
        "incident_handed",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "incident", "paper"),
    )
    op.create_table(
        "retention_rules",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution"),
    )
