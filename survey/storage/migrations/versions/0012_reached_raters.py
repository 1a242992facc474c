"""Whether a letter may have reached a rater before a fresh link was sent"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.add_column(
        "invitations",
        sa.Column("reached", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    # What came of earlier links is not known: they may have arrived.
    invitations = sa.table("invitations", sa.column("reached"), sa.column("link_version"))
    op.execute(
        sa.update(invitations).where(invitations.c.link_version > 1).values(reached=sa.true())
    )


def downgrade() -> None:

    op.drop_column("invitations", "reached")
