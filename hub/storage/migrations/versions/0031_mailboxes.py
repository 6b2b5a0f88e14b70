"""Mailboxes: addresses of ours, what has gone and what has come."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox_place",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("sor", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("kle", sa.Text(), nullable=False),
        sa.Column("kle_label", sa.Text(), nullable=False),
        sa.Column("kle_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("mailbox_place_by_number", "mailbox_place", ["way", "number"])
    op.create_table(
        "mailbox_sent",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("handed", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "header"),
    )
    op.create_index(
        "mailbox_sent_by_message", "mailbox_sent", ["institution", "conversation", "number", "outside"], unique=True
    )
    op.create_index("mailbox_sent_by_header", "mailbox_sent", ["header"])
    op.create_index("mailbox_sent_by_thread", "mailbox_sent", ["thread"])
    op.create_index(
        "mailbox_sent_due",
        "mailbox_sent",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "mailbox_came",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("issues", sa.Text(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("outside", sa.Text(), nullable=True),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("ciphertext", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("institution", "way", "header"),
    )
    op.create_index("mailbox_came_by_bundle", "mailbox_came", ["institution", "way", "bundle"])
    op.create_index("mailbox_came_by_conversation", "mailbox_came", ["institution", "conversation", "outside"])
    op.create_index("mailbox_came_by_thread", "mailbox_came", ["institution", "thread"])
