"""What is compared where a round asks another version of its framework than the round before"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rounds from before ask the same questionnaire as the round that they are compared with.
    op.add_column("rounds", sa.Column("comparison_plan", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("rounds", "comparison_plan")
