"""Rounds that remind by themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:

    # Mentors of earlier rounds were not told of reminders, so these send none.
    op.add_column(
        "rounds",
        sa.Column("reminds_itself", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("rounds", sa.Column("reminded_on", sa.Date(), nullable=True))


def downgrade() -> None:

    op.drop_column("rounds", "reminded_on")
    op.drop_column("rounds", "reminds_itself")
