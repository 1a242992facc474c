"""Accounts and what the audit trail tells"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A letter about a session that was taken off outlives the session's row.
    op.add_column("outbox", sa.Column("cancelled_session_id", sa.Uuid(), nullable=True))
    op.add_column("outbox", sa.Column("cancelled_revision", sa.Integer(), nullable=True))
    op.add_column(
        "outbox", sa.Column("cancelled_starts_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("people", sa.Column("restricted_on", sa.Date(), nullable=True))
    op.add_column("people", sa.Column("last_used_month", sa.Date(), nullable=True))
    # When accounts were last used before, nobody noted: their time begins now. What is left of
    # erased people has none.
    month = dt.datetime.now(dt.UTC).date().replace(day=1)
    people = sa.table(
        "people", sa.column("last_used_month", sa.Date()), sa.column("email", sa.String())
    )
    op.execute(
        people.update()
        .where(people.c.email.not_like("%@erased.invalid"))
        .values(last_used_month=month)
    )


def downgrade() -> None:
    # Column by column: a batch would make the table anew, which other tables point at.
    op.drop_column("people", "last_used_month")
    op.drop_column("people", "restricted_on")
    # Earlier versions know no such letter.
    op.execute(sa.text("DELETE FROM outbox WHERE kind = 'session_cancelled'"))
    op.drop_column("outbox", "cancelled_starts_at")
    op.drop_column("outbox", "cancelled_revision")
    op.drop_column("outbox", "cancelled_session_id")
