"""What lists of cases are asked for: how far, by which number, about whom, and what it is called elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("state", "kle", "citizen"):
        op.add_column("case_file", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("case_file", sa.Column("listed", sa.Integer(), nullable=True))
    op.create_index("case_file_by_number", "case_file", ["institution", "number"])
    op.create_index("case_file_by_state", "case_file", ["institution", "state", "opened_at"])
    op.create_index("case_file_by_kle", "case_file", ["institution", "kle", "opened_at"])
    op.create_index("case_file_by_citizen", "case_file", ["institution", "citizen", "opened_at"])
    op.create_index("case_record_by_reference", "case_record", ["institution", "reference"])
