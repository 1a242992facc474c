"""Measures of success with levels, and the evaluation of a goal"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "success_measures",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("statement_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("much_less_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("less_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expected_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("more_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("much_more_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("baseline_level", sa.Integer(), nullable=True),
        sa.Column("attained_level", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "weight BETWEEN 1 AND 3", name=op.f("ck_success_measures_weight_in_range")
        ),
        sa.CheckConstraint(
            "baseline_level BETWEEN -2 AND 2",
            name=op.f("ck_success_measures_baseline_level_in_range"),
        ),
        sa.CheckConstraint(
            "attained_level BETWEEN -2 AND 2",
            name=op.f("ck_success_measures_attained_level_in_range"),
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_success_measures_goal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_success_measures")),
    )
    with op.batch_alter_table("success_measures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_success_measures_goal_id"), ["goal_id"], unique=False)

    op.create_table(
        "goal_evaluations",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "achieved",
                "partly",
                "not_achieved",
                name="goaloutcome",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("hindered_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("also_achieved_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("lessons_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("next_steps_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_goal_evaluations_goal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("goal_id", name=op.f("pk_goal_evaluations")),
    )


def downgrade() -> None:

    op.drop_table("goal_evaluations")
    with op.batch_alter_table("success_measures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_success_measures_goal_id"))

    op.drop_table("success_measures")
