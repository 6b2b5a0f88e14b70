"""Citizens: where each lives, who they are, sealed in tables of their own, and whom an incident is about."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_out_at", sa.BigInteger(), nullable=True),
        sa.Column("held_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("citizen_by_unit", "citizen", ["institution", "unit"])
    op.create_table(
        "citizen_text",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("citizen", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "citizen", "what"),
    )
    op.create_table(
        "citizen_number",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("citizen", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "lookup"),
    )
    op.create_index("citizen_number_by_citizen", "citizen_number", ["institution", "citizen"])
    op.create_table(
        "citizen_incident",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("citizen", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "incident", "citizen"),
    )
    op.create_index("citizen_incident_by_citizen", "citizen_incident", ["institution", "citizen"])
