"""Swaps of shifts, wishes, what people are told of their shifts, and whether a unit approves its swaps."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('open', 'agreed')")


def upgrade() -> None:
    op.create_table(
        "swap",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("gives", sa.Text(), nullable=False),
        sa.Column("gives_shift", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("wants", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taker", sa.Text(), nullable=True),
        sa.Column("declined", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("swap_by_change", "swap", ["institution", "changed_at"], unique=False)
    op.create_index("swap_due", "swap", ["begins"], unique=False, sqlite_where=LIVE, postgresql_where=LIVE)
    columns = ["institution", "gives_shift"]
    op.create_index("swap_of_shift", "swap", columns, unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_table(
        "wish",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("want", sa.Text(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("wish_by_end", "wish", ["institution", "ends", "starts"], unique=False)
    op.create_table(
        "shift_news",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_table(
        "shift_telling",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "person"),
    )
    op.add_column("unit", sa.Column("approves_swaps", sa.Integer(), nullable=True))
