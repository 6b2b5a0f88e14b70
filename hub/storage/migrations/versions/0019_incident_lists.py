"""Lists of many incidents: finer traces to search by, searches that are kept, and incidents that were one event."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FINE = range(16, 64)


def upgrade() -> None:
    for n in FINE:
        op.add_column("incident_trace", sa.Column(f"w{n}", sa.BigInteger(), nullable=True))
    op.add_column("incident", sa.Column("joined_to", sa.Text(), nullable=True))
    op.add_column("incident_task", sa.Column("words", sa.Text(), nullable=True))
    op.create_table(
        "incident_view",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    # What a list is narrowed by stands in its index, so that a row is looked up only once it belongs there.
    op.create_index(
        "incident_listed", "incident", ["institution", "happened_at", "id", "unit", "state", "outcome", "kinds"]
    )
