"""Queries about what has been kept long enough."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey.storage.models import (
    ApiAnswer,
    ApiToken,
    AuditEntry,
    Base,
    Comment,
    CommentRedaction,
    DisposalRun,
    Goal,
    GoalEvaluation,
    Invitation,
    Letter,
    MentoringFeedback,
    Mentorship,
    Person,
    PlannedSession,
    PrivacyRequest,
    RaterRequest,
    ReflectiveLogEntry,
    RequestState,
    Response,
    ReviewContribution,
    Round,
    RoundState,
    SelfReflection,
    SessionRecord,
    SignInLink,
    SignInSession,
    StoredAggregate,
    WebhookDelivery,
)

_CLOSED = (RoundState.CLOSED, RoundState.RELEASED)
# What shows that a mentorship was in use: a day, and the mentorship it belongs to.
_ACTIVITY: Sequence[tuple[InstrumentedAttribute[Any], Select[uuid.UUID, Any]]] = (
    (Round.launched_on, select(Round.mentorship_id, func.max(Round.launched_on))),
    (Round.closed_on, select(Round.mentorship_id, func.max(Round.closed_on))),
    (Round.released_on, select(Round.mentorship_id, func.max(Round.released_on))),
    (
        GoalEvaluation.evaluated_on,
        select(Goal.mentorship_id, func.max(GoalEvaluation.evaluated_on)).join(
            GoalEvaluation, GoalEvaluation.goal_id == Goal.id
        ),
    ),
    (Mentorship.ended_on, select(Mentorship.id, func.max(Mentorship.ended_on))),
    (
        SessionRecord.held_on,
        select(SessionRecord.mentorship_id, func.max(SessionRecord.held_on)),
    ),
    (
        SelfReflection.reflected_on,
        select(SelfReflection.mentorship_id, func.max(SelfReflection.reflected_on)),
    ),
    (
        MentoringFeedback.given_on,
        select(MentoringFeedback.mentorship_id, func.max(MentoringFeedback.given_on)),
    ),
    (
        ReviewContribution.written_on,
        select(ReviewContribution.mentorship_id, func.max(ReviewContribution.written_on)),
    ),
)


def _closed_by(cutoff: dt.date) -> Select[uuid.UUID]:
    return select(Round.id).where(Round.state.in_(_CLOSED), Round.closed_on <= cutoff)


def rounds_with_raters(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Rounds closed by then of which it is still known who was invited."""
    return session.scalars(
        _closed_by(cutoff).where(
            exists().where(Invitation.round_id == Round.id, Invitation.email != "")
        )
    ).all()


def old_drafts(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Rounds never launched whose deadline was by then."""
    return session.scalars(
        select(Round.id).where(Round.state == RoundState.DRAFT, Round.deadline <= cutoff)
    ).all()


def rounds_with_responses(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Rounds closed by then whose ratings are still there."""
    return session.scalars(
        _closed_by(cutoff).where(exists().where(Response.round_id == Round.id))
    ).all()


def rounds_with_comments(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Rounds closed by then whose comments are still there as they were written."""
    return session.scalars(
        _closed_by(cutoff).where(exists().where(Comment.round_id == Round.id))
    ).all()


def rounds_with_reports(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Rounds closed by then whose report is still there."""
    return session.scalars(
        _closed_by(cutoff).where(exists().where(StoredAggregate.round_id == Round.id))
    ).all()


def idle_mentorships(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Mentorships in which nothing has happened since then, and no round is open."""
    last: dict[uuid.UUID, dt.date] = {
        row.id: row.started_on
        for row in session.execute(select(Mentorship.id, Mentorship.started_on))
    }
    for day, statement in _ACTIVITY:
        owner = statement.selected_columns[0]
        for mentorship_id, latest in session.execute(
            statement.where(day.is_not(None)).group_by(owner)
        ):
            last[mentorship_id] = max(last[mentorship_id], latest)
    busy = set(
        session.scalars(select(Round.mentorship_id).where(Round.state == RoundState.OPEN)).all()
    )
    return [
        mentorship_id
        for mentorship_id, day in last.items()
        if day <= cutoff and mentorship_id not in busy
    ]


def mentorships_with_goals(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """The same, as far as they have goals."""
    having = set(session.scalars(select(Goal.mentorship_id).distinct()))
    return [id_ for id_ in idle_mentorships(session, cutoff) if id_ in having]


def goals_of(session: Session, mentorship_ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """The goals of these mentorships."""
    return session.scalars(select(Goal.id).where(Goal.mentorship_id.in_(mentorship_ids))).all()


def unused_accounts(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Accounts last used by then that take part in nothing.

    Nobody who is mentor or mentee of anybody, looks after the service, or waits for an answer.
    """
    return session.scalars(
        select(Person.id).where(
            # A month counts from its end: the account may have been used on its last day.
            Person.last_used_month <= _month_over_by(cutoff),
            ~exists().where(
                or_(Mentorship.mentor_id == Person.id, Mentorship.mentee_id == Person.id)
            ),
            ~and_(Person.is_administrator, Person.deactivated_on.is_(None)),
            ~exists().where(
                PrivacyRequest.person_id == Person.id, PrivacyRequest.state == RequestState.OPEN
            ),
        )
    ).all()


def restricted_people(session: Session) -> frozenset[uuid.UUID]:
    """Everybody whose data is to be stored and not otherwise used."""
    return frozenset(session.scalars(select(Person.id).where(Person.restricted_on.is_not(None))))


def of_people(
    session: Session, model: type[Base], ids: Sequence[uuid.UUID], people: frozenset[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of the rows that are about one of these people, as mentor or mentee."""
    if not people or not ids:
        return frozenset()
    row: Any = model
    theirs = or_(Mentorship.mentor_id.in_(people), Mentorship.mentee_id.in_(people))
    if model is Person:
        return people & frozenset(ids)
    if model is Mentorship:
        statement = select(Mentorship.id).where(theirs)
    elif model is ReflectiveLogEntry:
        statement = select(ReflectiveLogEntry.id).where(ReflectiveLogEntry.mentor_id.in_(people))
    else:
        statement = select(row.id).join(Mentorship, row.mentorship_id == Mentorship.id)
        statement = statement.where(theirs)
    return frozenset(session.scalars(statement)) & frozenset(ids)


def old_session_records(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Records of sessions of then or before."""
    return session.scalars(select(SessionRecord.id).where(SessionRecord.held_on <= cutoff)).all()


def old_planned_sessions(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Sessions that were planned for then or before."""
    return session.scalars(
        select(PlannedSession.id).where(PlannedSession.starts_at < _end_of(cutoff))
    ).all()


def old_self_reflections(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Reflections of mentees of then or before."""
    return session.scalars(
        select(SelfReflection.id).where(SelfReflection.reflected_on <= cutoff)
    ).all()


def old_log_entries(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Entries of mentors' logs about what happened then or before."""
    return session.scalars(
        select(ReflectiveLogEntry.id).where(ReflectiveLogEntry.happened_on <= cutoff)
    ).all()


def old_feedback(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """What mentees said about the mentoring then or before."""
    return session.scalars(
        select(MentoringFeedback.id).where(MentoringFeedback.given_on <= cutoff)
    ).all()


def old_reviews(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """What was written for reviews then or before."""
    return session.scalars(
        select(ReviewContribution.id).where(ReviewContribution.written_on <= cutoff)
    ).all()


def old_sign_in_links(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Links that ran out by the end of that day."""
    return session.scalars(
        select(SignInLink.id).where(SignInLink.expires_at < _end_of(cutoff))
    ).all()


def old_sign_in_sessions(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Sessions that ended by the end of that day."""
    return session.scalars(
        select(SignInSession.id).where(SignInSession.ends_at < _end_of(cutoff))
    ).all()


def old_api_tokens(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Tokens for programs that expired on that day or before."""
    return session.scalars(select(ApiToken.id).where(ApiToken.expires_on <= cutoff)).all()


def old_api_answers(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Answers to programs of that day or before."""
    return session.scalars(select(ApiAnswer.id).where(ApiAnswer.begun_at < _end_of(cutoff))).all()


def old_webhook_deliveries(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """What was told webhooks, or given up, on that day or before."""
    return session.scalars(
        select(WebhookDelivery.id).where(WebhookDelivery.settled_on <= cutoff)
    ).all()


def old_letters(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Letters that were tried in vain, the next time being by the end of that day.

    One that was never tried waits for a worker that was away, and is sent if it still makes sense.
    """
    return session.scalars(
        select(Letter.id).where(Letter.attempts > 0, Letter.due_at < _end_of(cutoff))
    ).all()


def old_privacy_requests(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Requests that were finished by then."""
    return session.scalars(
        select(PrivacyRequest.id).where(
            PrivacyRequest.state != RequestState.OPEN, PrivacyRequest.finished_on <= cutoff
        )
    ).all()


def old_rater_requests(session: Session, cutoff: dt.date) -> Sequence[uuid.UUID]:
    """Raters' requests of then or before that still wait."""
    return session.scalars(select(RaterRequest.id).where(RaterRequest.asked_on <= cutoff)).all()


def count_audit_entries(session: Session, through: int) -> int:
    """How many entries of the audit trail are kept up to this one."""
    return (
        session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.sequence <= through)
        )
        or 0
    )


def blank_invitations(session: Session, round_ids: Sequence[uuid.UUID]) -> None:
    """Take out of closed rounds' invitations who was invited; what is counted stays."""
    session.execute(
        update(Invitation)
        .where(Invitation.round_id.in_(round_ids))
        .values(
            name="",
            email="",
            normalised_email="",
            delivery_problem="",
            link_hash=None,
            link_expires_on=None,
        )
        .execution_options(synchronize_session=False)
    )


def delete_of_rounds(
    session: Session,
    model: type[Response] | type[Comment] | type[StoredAggregate] | type[CommentRedaction],
    round_ids: Sequence[uuid.UUID],
) -> None:
    """Delete what is kept about these rounds in one table."""
    session.execute(delete(model).where(model.round_id.in_(round_ids)))


def begin_run(session: Session, today: dt.date) -> DisposalRun | None:
    """Take on today's disposal; None when it is done or somebody else is at it."""
    if session.get(DisposalRun, today) is not None:
        return None
    run = DisposalRun(day=today, disposed=0)
    session.add(run)
    session.flush()
    return run


def last_run(session: Session) -> DisposalRun | None:
    """The newest disposal."""
    return session.scalars(select(DisposalRun).order_by(DisposalRun.day.desc()).limit(1)).first()


def _month_over_by(day: dt.date) -> dt.date:
    """The first day of the last month that was over on this day."""
    following = day + dt.timedelta(days=1)
    return (following.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
