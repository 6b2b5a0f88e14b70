"""Why an alarm was false, where somebody has said so: on the alarm, in its record, and where it is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alarm", sa.Column("false_because", sa.Text(), nullable=True))
    op.add_column("incident", sa.Column("false_because", sa.Text(), nullable=True))
    op.add_column("alarm_amount", sa.Column("false_because", sa.Text(), nullable=True))
