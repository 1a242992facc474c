"""Frameworks in the making, and earlier versions of frameworks"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "framework_drafts",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("changes_id", sa.String(80), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["people.id"], name=op.f("fk_framework_drafts_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_drafts")),
    )
    op.create_index(op.f("ix_framework_drafts_owner_id"), "framework_drafts", ["owner_id"])
    op.create_table(
        "framework_versions",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(60), nullable=False),
        sa.Column("saved_on", sa.Date(), nullable=True),
        sa.Column("changes", sa.String(600), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["uploaded_frameworks.id"],
            name=op.f("fk_framework_versions_upload_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_versions")),
        sa.UniqueConstraint("upload_id", "number", name=op.f("uq_framework_versions_upload_id")),
    )
    op.create_index(op.f("ix_framework_versions_upload_id"), "framework_versions", ["upload_id"])


def downgrade() -> None:
    op.drop_table("framework_versions")
    op.drop_table("framework_drafts")
