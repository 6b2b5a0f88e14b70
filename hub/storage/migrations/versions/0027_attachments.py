"""Attachments: what is known of each file, and its content in sealed pieces."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("attachment_by_message", "attachment", ["institution", "conversation", "number"])
    no_message = sa.text("number IS NULL")
    op.create_index("attachment_loose", "attachment", ["at"], sqlite_where=no_message, postgresql_where=no_message)
    op.create_table(
        "attachment_piece",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("attachment", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "attachment", "number"),
    )
