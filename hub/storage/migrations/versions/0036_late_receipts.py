"""Under which name each version of a record was handed over: a receipt of one that was replaced can come late."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_version", sa.Column("sent_as", sa.Text(), nullable=True))
    op.create_index("case_version_by_sending", "case_version", ["sent_as"])
