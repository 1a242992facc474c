"""Letters belong to a living worker; how fast mail may leave"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "mail_workers",
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_workers")),
    )
    op.create_table(
        "mail_pace",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deferrals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_mail_pace")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        # A claim of an earlier version's worker is given up with it: workers are stopped now.
        batch_op.drop_column("claimed_until")
        batch_op.add_column(sa.Column("claimed_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("domain_key", sa.String(length=64), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_outbox_claimed_by"),
            "mail_workers",
            ["claimed_by"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.create_index(batch_op.f("ix_outbox_claimed_by"), ["claimed_by"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_claimed_by"))
        batch_op.drop_constraint(batch_op.f("fk_outbox_claimed_by"), type_="foreignkey")
        batch_op.drop_column("domain_key")
        batch_op.drop_column("claimed_by")
        batch_op.add_column(sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_table("mail_pace")
    op.drop_table("mail_workers")
