"""The audit trail as a chain; requests about personal data; what disposal has done"""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from survey.confidentiality.audit_chain import AUDIT_KEY, BEGINNING, entry_hash

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What protects the trail from whoever has the database and not the service. Who may change the
# schema can take it away, but not forge the hashes afterwards.
_SQLITE_PROTECTION = (
    """
    CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END
    """,
    """
    CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries
    WHEN NOT EXISTS (SELECT 1 FROM audit_checkpoints WHERE through >= OLD.sequence)
    BEGIN SELECT RAISE(ABORT, 'audit entries are deleted only behind a checkpoint'); END
    """,
    # INSERT OR REPLACE deletes without asking the trigger above.
    """
    CREATE TRIGGER audit_entries_added BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE sequence >= NEW.sequence)
    OR EXISTS (SELECT 1 FROM audit_checkpoints WHERE through >= NEW.sequence)
    BEGIN SELECT RAISE(ABORT, 'audit entries are added at the end only'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_unchanged BEFORE UPDATE ON audit_checkpoints
    BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never changed'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_kept BEFORE DELETE ON audit_checkpoints
    BEGIN SELECT RAISE(ABORT, 'audit checkpoints are never deleted'); END
    """,
    """
    CREATE TRIGGER audit_checkpoints_added BEFORE INSERT ON audit_checkpoints
    WHEN EXISTS (SELECT 1 FROM audit_checkpoints WHERE through >= NEW.through)
    BEGIN SELECT RAISE(ABORT, 'audit checkpoints are added at the end only'); END
    """,
)
_POSTGRESQL_PROTECTION = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit trail is never changed'; END $$
    """,
    """
    CREATE FUNCTION audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM audit_checkpoints WHERE through >= OLD.sequence) THEN
            RAISE EXCEPTION 'audit entries are deleted only behind a checkpoint';
        END IF;
        RETURN OLD;
    END $$
    """,
    "CREATE TRIGGER audit_entries_unchanged BEFORE UPDATE ON audit_entries "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_entries_kept BEFORE DELETE ON audit_entries "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse_delete()",
    "CREATE TRIGGER audit_entries_not_emptied BEFORE TRUNCATE ON audit_entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_checkpoints_unchanged BEFORE UPDATE OR DELETE ON audit_checkpoints "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_checkpoints_not_emptied BEFORE TRUNCATE ON audit_checkpoints "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def upgrade() -> None:

    earlier = _earlier_entries()
    op.drop_table("audit_entries")
    op.create_table(
        "audit_entries",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entries")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("through", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("through", name=op.f("pk_audit_checkpoints")),
    )
    _chain(earlier)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_PROTECTION if is_sqlite else _POSTGRESQL_PROTECTION:
        op.execute(sa.text(statement))
    op.add_column("erasures_due", sa.Column("tables", sa.String(length=1000), nullable=True))
    op.create_table(
        "disposal_runs",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("disposed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_disposal_runs")),
    )
    op.create_table(
        "privacy_requests",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "access",
                "erasure",
                "rectification",
                name="requestkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "refused",
                "withdrawn",
                name="requeststate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("wanted_name", sa.String(length=120), nullable=False),
        sa.Column("wanted_email", sa.String(length=320), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_privacy_requests_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
    )
    with op.batch_alter_table("privacy_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_privacy_requests_person_id"), ["person_id"], unique=False
        )
    op.create_table(
        "rater_requests",
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rater_requests")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rater_request_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_outbox_rater_request_id"),
            "rater_requests",
            ["rater_request_id"],
            ["id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_outbox_rater_request_id"), type_="foreignkey")
        batch_op.drop_column("rater_request_id")
    op.drop_table("rater_requests")
    with op.batch_alter_table("privacy_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_requests_person_id"))
    op.drop_table("privacy_requests")
    op.drop_table("disposal_runs")
    op.drop_column("erasures_due", "tables")
    connection = op.get_bind()
    kept = connection.execute(
        sa.text(
            "SELECT day, actor_id, action, object_id FROM audit_entries "
            "WHERE object_id IS NOT NULL ORDER BY sequence"
        ).columns(
            sa.column("day", sa.Date()),
            sa.column("actor_id", sa.Uuid()),
            sa.column("action", sa.String()),
            sa.column("object_id", sa.Uuid()),
        )
    ).all()
    # Their triggers go with the tables; the functions that these call do not.
    op.drop_table("audit_entries")
    op.drop_table("audit_checkpoints")
    if connection.dialect.name != "sqlite":
        op.execute(sa.text("DROP FUNCTION audit_refuse_delete()"))
        op.execute(sa.text("DROP FUNCTION audit_refuse()"))
    entries = op.create_table(
        "audit_entries",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["people.id"], name=op.f("fk_audit_entries_actor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    known = set(
        connection.execute(
            sa.text("SELECT id FROM people").columns(sa.column("id", sa.Uuid()))
        ).scalars()
    )
    for day, actor_id, action, object_id in kept:
        connection.execute(
            sa.insert(entries).values(
                id=uuid.uuid4(),
                at=dt.datetime.combine(day, dt.time(), dt.UTC),
                actor_id=actor_id if actor_id in known else None,
                action=action[:40],
                object_id=object_id,
            )
        )


def _earlier_entries() -> list[sa.Row[dt.datetime, uuid.UUID | None, str, uuid.UUID]]:
    return list(
        op.get_bind()
        .execute(
            sa.text(
                "SELECT at, actor_id, action, object_id FROM audit_entries ORDER BY at, id"
            ).columns(
                sa.column("at", sa.DateTime(timezone=True)),
                sa.column("actor_id", sa.Uuid()),
                sa.column("action", sa.String()),
                sa.column("object_id", sa.Uuid()),
            )
        )
        .all()
    )


def _chain(earlier: list[sa.Row[dt.datetime, uuid.UUID | None, str, uuid.UUID]]) -> None:
    """Put the entries of earlier versions into the chain, by day as all others."""
    if not earlier:
        return
    keys = context.config.attributes["keys"]
    if keys is None:
        raise ValueError("the audit trail can be chained only with the key database")
    key = keys.service_key(AUDIT_KEY)
    entries = sa.table(
        "audit_entries",
        sa.column("sequence", sa.Integer()),
        sa.column("day", sa.Date()),
        sa.column("actor_id", sa.Uuid()),
        sa.column("action", sa.String()),
        sa.column("object_id", sa.Uuid()),
        sa.column("previous_hash", sa.LargeBinary()),
        sa.column("entry_hash", sa.LargeBinary()),
    )
    previous = BEGINNING
    for sequence, (at, actor_id, action, object_id) in enumerate(earlier, start=1):
        # PostgreSQL gives instants in the zone of the session.
        day = (at if at.tzinfo is None else at.astimezone(dt.UTC)).date()
        values: dict[str, Any] = {
            "sequence": sequence,
            "previous_hash": previous,
            "day": day,
            "actor_id": actor_id,
            "action": action,
            "object_id": object_id,
        }
        previous = entry_hash(key, **values)
        op.get_bind().execute(sa.insert(entries).values(**values, entry_hash=previous))
