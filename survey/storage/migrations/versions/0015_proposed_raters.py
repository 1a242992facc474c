"""Raters whom the mentee proposes for a draft"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rounds", sa.Column("proposals_asked_on", sa.Date(), nullable=True))
    op.add_column("rounds", sa.Column("proposals_until", sa.Date(), nullable=True))
    op.create_table(
        "proposed_raters",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(32), nullable=False),
        sa.Column("language", sa.String(12), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("word_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_mark", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
            name=op.f("fk_proposed_raters_round_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposed_raters")),
        sa.UniqueConstraint("round_id", "address_mark", name=op.f("uq_proposed_raters_round_id")),
    )
    op.create_index(op.f("ix_proposed_raters_round_id"), "proposed_raters", ["round_id"])
    op.create_index(op.f("ix_proposed_raters_address_mark"), "proposed_raters", ["address_mark"])


def downgrade() -> None:
    op.drop_table("proposed_raters")
    # Earlier versions know no such letter.
    op.execute(sa.text("DELETE FROM outbox WHERE kind = 'raters_wanted'"))
    op.drop_column("rounds", "proposals_until")
    op.drop_column("rounds", "proposals_asked_on")
