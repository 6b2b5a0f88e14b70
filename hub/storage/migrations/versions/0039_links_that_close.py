"""How often a link's code was guessed wrongly since somebody last signed in by it: at some number it closes."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outside_link", sa.Column("wrong", sa.Integer(), nullable=True))
