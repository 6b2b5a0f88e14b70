"""When something came by a mailbox, so that its silence is noticed."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("mailbox_came_by_time", "mailbox_came", ["way", "at"])
