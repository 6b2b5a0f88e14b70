"""The lines that each of several hubs holds."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("battery", sa.Float(), nullable=True),
        sa.Column("charging", sa.Integer(), nullable=True),
        sa.Column("sound", sa.Text(), nullable=True),
        sa.Column("visible", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("node", "id"),
        sqlite_with_rowid=False,
    )
