"""Rounds, their rater groups, frozen questionnaires and invitations."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from survey.storage.models.base import Base, RandomKey, identified, stored_by_value
from survey.storage.models.mentoring import Goal, Mentorship
from survey.storage.sealed_columns import SealedText

if TYPE_CHECKING:
    from survey.storage.models.proposed_raters import ProposedRater


class RoundKind(StrEnum):
    """When in the mentoring the round asks."""

    BEFORE = "before"
    INTERIM = "interim"
    AFTER = "after"


class RoundState(StrEnum):
    """A round only ever moves down this list; nothing reopens it."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    RELEASED = "released"


class ReleaseMode(StrEnum):
    """When the mentee may read the report."""

    AFTER_DEBRIEF = "after_debrief"
    AT_ONCE = "at_once"


class Delivery(StrEnum):
    """How far the newest invitation e-mail has come."""

    NOT_SENT = "not_sent"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class StoredQuestionnaire(RandomKey, Base):
    """A questionnaire frozen at launch. Before and after rounds point to the same row."""

    __tablename__ = "questionnaires"

    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    document: Mapped[str] = mapped_column(Text)


class Round(RandomKey, Base):
    """One collection of feedback for one mentee."""

    __tablename__ = "rounds"

    mentorship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mentorships.id"), index=True)
    goal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("goals.id", ondelete="SET NULL"))
    kind: Mapped[RoundKind] = mapped_column(stored_by_value(RoundKind))
    state: Mapped[RoundState] = mapped_column(
        stored_by_value(RoundState), default=RoundState.DRAFT, index=True
    )
    framework_id: Mapped[str] = mapped_column(String(80))
    questionnaire_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("questionnaires.id"))
    compared_with_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rounds.id"))
    # Where the round asks another version than the round it is compared with: which competencies
    # are compared (`survey.frameworks.comparable`), as JSON. None: the same questionnaire again.
    comparison_plan: Mapped[str | None] = mapped_column(Text)
    purpose_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    purpose = SealedText("purpose_sealed")
    deadline: Mapped[dt.date]
    release_mode: Mapped[ReleaseMode] = mapped_column(
        stored_by_value(ReleaseMode), default=ReleaseMode.AFTER_DEBRIEF
    )
    # Whether each item is asked twice, "back then" and "now" (the retrospective form).
    retrospective: Mapped[bool] = mapped_column(default=False)
    # Whether comments of anonymous groups carry the group's name.
    label_comments: Mapped[bool] = mapped_column(default=False)
    # Whether those who have not answered are reminded on the days of `reminder_days`, and when
    # the last reminder went out, by itself or by the mentor: a day for all raters together.
    reminds_itself: Mapped[bool] = mapped_column(default=False, server_default=false())
    reminded_on: Mapped[dt.date | None]
    # When the mentee was asked to propose raters for the draft, and the last day to do so.
    proposals_asked_on: Mapped[dt.date | None]
    proposals_until: Mapped[dt.date | None]
    # Days, not instants: a round's life needs no finer clock, and a finer one could be lined up
    # with somebody's memory of who answered when.
    launched_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
    released_on: Mapped[dt.date | None]
    # The ballot box: raters seal to the public key; the private key lies here wrapped by the
    # round's opening key, which is in the key database, and by the server's master key. Both keys
    # are destroyed when the round closes.
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    wrapped_private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    # A backup brought the round back as it was before its close. It is not opened a second time:
    # its answers were taken out, and there is no report.
    without_result: Mapped[bool] = mapped_column(default=False, server_default=false())

    mentorship: Mapped[Mentorship] = relationship()
    goal: Mapped[Goal | None] = relationship()
    questionnaire: Mapped[StoredQuestionnaire | None] = relationship()
    compared_with: Mapped[Round | None] = relationship(remote_side="Round.id")
    groups: Mapped[list[RoundGroup]] = relationship(
        back_populates="round", order_by="RoundGroup.position", cascade="all, delete-orphan"
    )
    invitations: Mapped[list[Invitation]] = relationship(
        back_populates="round",
        order_by="Invitation.group_key, Invitation.name, Invitation.email",
        cascade="all, delete-orphan",
    )
    proposals: Mapped[list[ProposedRater]] = relationship(
        back_populates="round",
        order_by="ProposedRater.group_key, ProposedRater.id",
        cascade="all, delete-orphan",
    )

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the round's purpose."""
        return self.mentorship_id or identified(self.mentorship)

    def group(self, key: str) -> RoundGroup:
        """The round's group with this key. KeyError if the round does not ask it."""
        for group in self.groups:
            if group.key == key:
                return group
        raise KeyError(key)


class _OfRound(Protocol):
    round_id: Any


def mentorship_of_round(row: _OfRound) -> uuid.UUID:
    """The id of the mentorship that a row about a round belongs to."""
    session = object_session(row)
    if session is None:
        raise LookupError("a sealed text can be read and written within a session only")
    return session.get_one(Round, row.round_id).mentorship_id


class RoundGroup(Base):
    """A rater group in a round, with the threshold that was promised to its raters."""

    __tablename__ = "round_groups"
    __table_args__ = (
        CheckConstraint("NOT anonymous OR threshold >= 2", name="anonymous_needs_two"),
    )

    round_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    anonymous: Mapped[bool]
    threshold: Mapped[int]
    position: Mapped[int]
    # Counted at the close; while the round is open, declines lie sealed among the answers.
    declined: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship(back_populates="groups")


class Invitation(RandomKey, Base):
    """One rater's place in a round.

    `done` is the single fact kept about answering: it says that no reminder is wanted and the
    link is used up. It carries no time and does not tell an answer from a decline.
    """

    __tablename__ = "invitations"

    round_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("rounds.id", ondelete="CASCADE"), index=True
    )
    group_key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(320))
    normalised_email: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(12), default="en")
    delivery: Mapped[Delivery] = mapped_column(stored_by_value(Delivery), default=Delivery.NOT_SENT)
    delivery_problem: Mapped[str] = mapped_column(String(300), default="")
    # A fresh link was asked for although an earlier letter had not failed: it may have been read.
    reached: Mapped[bool] = mapped_column(default=False, server_default=false())
    link_version: Mapped[int] = mapped_column(default=0)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires_on: Mapped[dt.date | None]
    revoked: Mapped[bool] = mapped_column(default=False)
    done: Mapped[bool] = mapped_column(default=False)

    round: Mapped[Round] = relationship(back_populates="invitations")
