"""The schema of the first version"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "erasures_due",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures_due")),
    )
    op.create_table(
        "people",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("normalised_email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("is_mentor", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("normalised_email", name=op.f("uq_people_normalised_email")),
    )
    op.create_table(
        "questionnaires",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaires")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_questionnaires_fingerprint")),
    )
    op.create_table(
        "sign_in_requests",
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_requests")),
    )
    op.create_table(
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
    op.create_table(
        "mentorships",
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["people.id"], name=op.f("fk_mentorships_mentee_id")
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["people.id"], name=op.f("fk_mentorships_mentor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentorships")),
        sa.UniqueConstraint("mentor_id", "mentee_id", name=op.f("uq_mentorships_mentor_id")),
    )
    with op.batch_alter_table("mentorships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mentorships_mentee_id"), ["mentee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mentorships_mentor_id"), ["mentor_id"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_sign_in_links_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_links_person_id"), ["person_id"], unique=False)

    op.create_table(
        "uploaded_frameworks",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("framework_id", sa.String(length=80), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["people.id"], name=op.f("fk_uploaded_frameworks_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_frameworks")),
        sa.UniqueConstraint(
            "owner_id", "framework_id", name=op.f("uq_uploaded_frameworks_owner_id")
        ),
    )
    with op.batch_alter_table("uploaded_frameworks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_uploaded_frameworks_owner_id"), ["owner_id"], unique=False
        )

    op.create_table(
        "goals",
        sa.Column("mentorship_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("statement", sa.String(length=400), nullable=False),
        sa.Column("success_measures", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("framework_id", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentorship_id"], ["mentorships.id"], name=op.f("fk_goals_mentorship_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goals_mentorship_id"), ["mentorship_id"], unique=False)

    op.create_table(
        "goal_competencies",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("competency_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_goal_competencies_goal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("goal_id", "competency_id", name=op.f("pk_goal_competencies")),
    )
    op.create_table(
        "rounds",
        sa.Column("mentorship_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("before", "interim", "after", name="roundkind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                "released",
                name="roundstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("framework_id", sa.String(length=80), nullable=False),
        sa.Column("questionnaire_id", sa.Uuid(), nullable=True),
        sa.Column("compared_with_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column(
            "release_mode",
            sa.Enum("after_debrief", "at_once", name="releasemode", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("retrospective", sa.Boolean(), nullable=False),
        sa.Column("label_comments", sa.Boolean(), nullable=False),
        sa.Column("launched_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["compared_with_id"], ["rounds.id"], name=op.f("fk_rounds_compared_with_id")
        ),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goals.id"], name=op.f("fk_rounds_goal_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"], ["mentorships.id"], name=op.f("fk_rounds_mentorship_id")
        ),
        sa.ForeignKeyConstraint(
            ["questionnaire_id"], ["questionnaires.id"], name=op.f("fk_rounds_questionnaire_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rounds_mentorship_id"), ["mentorship_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rounds_state"), ["state"], unique=False)

    op.create_table(
        "comment_redactions",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.String(length=80), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_comment_redactions_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_redactions")),
    )
    with op.batch_alter_table("comment_redactions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comment_redactions_round_id"), ["round_id"], unique=False
        )

    op.create_table(
        "comments",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_comments_round_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_comments")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_round_id"), ["round_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("normalised_email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "not_sent",
                "queued",
                "sent",
                "failed",
                name="delivery",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("delivery_problem", sa.String(length=300), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("link_expires_on", sa.Date(), nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_invitations_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_invitations_link_hash")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_round_id"), ["round_id"], unique=False)

    op.create_table(
        "released_aggregates",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_released_aggregates_round_id")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_released_aggregates")),
    )
    op.create_table(
        "responses",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(length=32), nullable=False),
        sa.Column("ratings", sa.Text(), nullable=False),
        sa.Column("ratings_then", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_responses_round_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_responses")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_responses_round_id"), ["round_id"], unique=False)

    op.create_table(
        "round_groups",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT anonymous OR threshold >= 2", name=op.f("ck_round_groups_anonymous_needs_two")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_round_groups_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("round_id", "key", name=op.f("pk_round_groups")),
    )
    op.create_table(
        "sealed_ballots",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_sealed_ballots_round_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sealed_ballots")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("sealed_ballots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_ballots_round_id"), ["round_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column(
            "kind",
            sa.Enum(
                "invitation",
                "reminder",
                "sign_in",
                "mentee_welcome",
                "report_released",
                name="letterkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("sign_in_link_id", sa.Uuid(), nullable=True),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("mentorship_id", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_problem", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitations.id"],
            name=op.f("fk_outbox_invitation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_outbox_mentorship_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["rounds.id"], name=op.f("fk_outbox_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sign_in_link_id"],
            ["sign_in_links.id"],
            name=op.f("fk_outbox_sign_in_link_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_outbox_invitation_id"), ["invitation_id"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_invitation_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_due_at"))

    op.drop_table("outbox")
    with op.batch_alter_table("sealed_ballots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_ballots_round_id"))

    op.drop_table("sealed_ballots")
    op.drop_table("round_groups")
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_responses_round_id"))

    op.drop_table("responses")
    op.drop_table("released_aggregates")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_round_id"))

    op.drop_table("invitations")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comments_round_id"))

    op.drop_table("comments")
    with op.batch_alter_table("comment_redactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_redactions_round_id"))

    op.drop_table("comment_redactions")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rounds_state"))
        batch_op.drop_index(batch_op.f("ix_rounds_mentorship_id"))

    op.drop_table("rounds")
    op.drop_table("goal_competencies")
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goals_mentorship_id"))

    op.drop_table("goals")
    with op.batch_alter_table("uploaded_frameworks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploaded_frameworks_owner_id"))

    op.drop_table("uploaded_frameworks")
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_links_person_id"))

    op.drop_table("sign_in_links")
    with op.batch_alter_table("mentorships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mentorships_mentor_id"))
        batch_op.drop_index(batch_op.f("ix_mentorships_mentee_id"))

    op.drop_table("mentorships")
    op.drop_table("audit_entries")
    op.drop_table("sign_in_requests")
    op.drop_table("questionnaires")
    op.drop_table("people")
    op.drop_table("erasures_due")
