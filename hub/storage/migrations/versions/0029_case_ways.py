"""The ways into municipalities' case systems, and under which name each version was handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_way",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("receipts", sa.Text(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "target"),
    )
    op.create_index("case_way_by_receipts", "case_way", ["receipts"])
    op.add_column("case_record", sa.Column("sent_as", sa.Text(), nullable=True))
    op.create_index("case_record_by_sending", "case_record", ["sent_as"])
