"""Reviews at the start, mid-way and at the end: both write, then each reads the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import Answer, as_stored, from_stored, some_answers
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_sets import QuestionSets
from survey.storage.models import Mentorship, ReviewContribution, ReviewKind, Side
from survey.storage.queries import reflections as reflection_queries


@dataclass(frozen=True)
class Contribution:
    """What one side wrote, and when."""

    side: Side
    written_on: dt.date
    answers: list[Answer]


@dataclass(frozen=True)
class Review:
    """A review as one side sees it; the other side's contribution is there once both wrote."""

    kind: ReviewKind
    own: Contribution | None
    other: Contribution | None

    @property
    def is_complete(self) -> bool:
        """Whether both have written."""
        return self.own is not None and self.other is not None


def submit_review(
    session: Session,
    mentorship: Mentorship,
    kind: ReviewKind,
    side: Side,
    answers: Mapping[str, str],
    question_sets: QuestionSets,
    today: dt.date,
) -> None:
    """Keep what one side writes. It can be changed until the other side has written too.

    Raises MentoringError naming the question's id.
    """
    stored = _stored(session, mentorship, kind)
    if len(stored) == len(Side):
        raise MentoringError(Message("You have both written; what stands there stays as it is."))
    person = mentorship.mentor if side is Side.MENTOR else mentorship.mentee
    checked = some_answers(question_sets.review(kind), side, answers, person.language)
    contribution = stored.get(side)
    if contribution is None:
        contribution = ReviewContribution(mentorship_id=mentorship.id, kind=kind, side=side)
        session.add(contribution)
    contribution.written_on = today
    contribution.answers = as_stored(checked)
    session.flush()


def review_for(session: Session, mentorship: Mentorship, kind: ReviewKind, side: Side) -> Review:
    """The review as this side may see it."""
    stored = _stored(session, mentorship, kind)
    other = Side.MENTEE if side is Side.MENTOR else Side.MENTOR
    both = len(stored) == len(Side)
    return Review(
        kind,
        own=_opened(stored[side]) if side in stored else None,
        other=_opened(stored[other]) if both else None,
    )


def reviews_for(session: Session, mentorship: Mentorship, side: Side) -> list[Review]:
    """All three reviews as this side may see them."""
    return [review_for(session, mentorship, kind, side) for kind in ReviewKind]


def _stored(
    session: Session, mentorship: Mentorship, kind: ReviewKind
) -> dict[Side, ReviewContribution]:
    found = reflection_queries.review_contributions(session, mentorship.id)
    return {contribution.side: contribution for contribution in found if contribution.kind is kind}


def _opened(contribution: ReviewContribution) -> Contribution:
    return Contribution(
        contribution.side, contribution.written_on, from_stored(contribution.answers)
    )
