"""Rounds that a restored backup brought back open after they were closed"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.add_column(
        "rounds",
        sa.Column("without_result", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:

    op.drop_column("rounds", "without_result")
