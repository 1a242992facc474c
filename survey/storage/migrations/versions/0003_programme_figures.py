"""What came of rounds, for the programme view, and who may read it"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.add_column(
        "people",
        sa.Column("is_programme_lead", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "round_outcomes",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("goal_verdict", sa.String(length=20), nullable=False),
        sa.Column("contrast", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_round_outcomes_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_outcomes")),
    )
    op.create_table(
        "competency_outcomes",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.String(length=80), nullable=False),
        sa.Column("difference", sa.Double(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("goal_linked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
            name=op.f("fk_competency_outcomes_round_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "competency_id", name=op.f("pk_competency_outcomes")),
    )
    op.create_table(
        "group_participation",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
            name=op.f("fk_group_participation_round_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", "group_key", name=op.f("pk_group_participation")),
    )
    op.create_table(
        "answer_delays",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "within_two_days",
                "within_a_week",
                "later",
                name="delaystep",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_answer_delays_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "step", name=op.f("pk_answer_delays")),
    )
    op.create_table(
        "programme_batches",
        sa.Column("framework_id", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("before", "interim", "after", name="roundkind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_batches")),
        sa.UniqueConstraint(
            "framework_id", "kind", "number", name=op.f("uq_programme_batches_framework_id")
        ),
    )
    op.create_table(
        "programme_entries",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["programme_batches.id"], name=op.f("fk_programme_entries_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["rounds.id"],
            name=op.f("fk_programme_entries_round_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_programme_entries")),
    )
    with op.batch_alter_table("programme_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_programme_entries_batch_id"), ["batch_id"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("programme_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programme_entries_batch_id"))

    op.drop_table("programme_entries")
    op.drop_table("programme_batches")
    op.drop_table("answer_delays")
    op.drop_table("group_participation")
    op.drop_table("competency_outcomes")
    op.drop_table("round_outcomes")
    op.drop_column("people", "is_programme_lead")
