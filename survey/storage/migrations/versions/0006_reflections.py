"""Reflective records of mentee and mentor"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "self_reflections",
        sa.Column("mentorship_id", sa.Uuid(), nullable=False),
        sa.Column(
            "moment",
            sa.Enum(
                "session_start",
                "session_end",
                "midway",
                "end",
                name="reflectionmoment",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reflected_on", sa.Date(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confidence_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_self_reflections_mentorship_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_reflections")),
    )
    with op.batch_alter_table("self_reflections", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_self_reflections_mentorship_id"), ["mentorship_id"], unique=False
        )

    op.create_table(
        "reflective_log_entries",
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentorship_id", sa.Uuid(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("for_supervision", sa.Boolean(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("development_areas_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tags_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentor_id"],
            ["people.id"],
            name=op.f("fk_reflective_log_entries_mentor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_reflective_log_entries_mentorship_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflective_log_entries")),
    )
    with op.batch_alter_table("reflective_log_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reflective_log_entries_mentor_id"), ["mentor_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reflective_log_entries_mentorship_id"), ["mentorship_id"], unique=False
        )

    op.create_table(
        "mentoring_feedbacks",
        sa.Column("mentorship_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("held_back", sa.Boolean(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_mentoring_feedbacks_mentorship_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_feedbacks")),
    )
    with op.batch_alter_table("mentoring_feedbacks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mentoring_feedbacks_mentorship_id"), ["mentorship_id"], unique=False
        )

    op.create_table(
        "review_contributions",
        sa.Column("mentorship_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("start", "midway", "end", name="reviewkind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum("mentor", "mentee", name="side", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_review_contributions_mentorship_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_contributions")),
        sa.UniqueConstraint(
            "mentorship_id", "kind", "side", name=op.f("uq_review_contributions_mentorship_id")
        ),
    )
    with op.batch_alter_table("review_contributions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_review_contributions_mentorship_id"), ["mentorship_id"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("review_contributions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_contributions_mentorship_id"))
    op.drop_table("review_contributions")

    with op.batch_alter_table("mentoring_feedbacks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentoring_feedbacks_mentorship_id"))
    op.drop_table("mentoring_feedbacks")

    with op.batch_alter_table("reflective_log_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reflective_log_entries_mentorship_id"))
        batch_op.drop_index(batch_op.f("ix_reflective_log_entries_mentor_id"))
    op.drop_table("reflective_log_entries")

    with op.batch_alter_table("self_reflections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_self_reflections_mentorship_id"))
    op.drop_table("self_reflections")
