"""The hours a week that a person agreed to, and the addresses at which calendars fetch people's shifts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_feed",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("roster_feed_by_person", "roster_feed", ["institution", "person"], unique=False)
    op.add_column("person", sa.Column("weekly_minutes", sa.Integer(), nullable=True))
