"""The register's own cases, what was sent of a record, which case an incident belongs to, and who keeps practices."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("incident", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("case_file_by_time", "case_file", ["institution", "opened_at"])
    op.create_index("case_file_by_incident", "case_file", ["institution", "incident"])
    op.create_table(
        "case_fact",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text()),
        sa.PrimaryKeyConstraint("institution", "case_id", "number"),
    )
    op.create_index("case_fact_by_about", "case_fact", ["institution", "what", "about"])
    op.create_table(
        "case_document",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id"),
    )
    op.create_index("case_document_by_incident", "case_document", ["institution", "incident"])
    op.create_table(
        "case_version",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "id", "version"),
    )
    op.create_table(
        "case_place",
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("citizen", sa.Text()),
        sa.Column("case_id", sa.Text()),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("institution", "incident", "number"),
    )
    op.create_index("case_place_by_case", "case_place", ["institution", "case_id"])
    op.create_table(
        "case_keeper",
        sa.Column("municipality", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("municipality"),
    )
    op.add_column("case_tag", sa.Column("facet", sa.Text(), nullable=True))
