"""What of the reflective records belongs on a timeline, seen by the mentor or by the mentee.

A mentor's reflective log is on nobody's timeline.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.mentoring_feedback import feedback_for_mentor, given_feedback
from survey.mentoring.reviews import reviews_for
from survey.mentoring.self_reflection import own_reflections, shared_reflections
from survey.storage.models import Mentorship, ReflectionMoment, ReviewKind, Side

# Day, kind, title, and what it leads to: the name of a kind of record, with its id where the
# mentorship has several of them.
TimelineTuple = tuple[dt.date, str, str, tuple[str, uuid.UUID | None]]

MOMENT_TITLES = {
    ReflectionMoment.SESSION_START: Message("Reflection before a session"),
    ReflectionMoment.SESSION_END: Message("Reflection after a session"),
    ReflectionMoment.MIDWAY: Message("Reflection half-way"),
    ReflectionMoment.END: Message("Reflection at the end"),
}
REVIEW_TITLES = {
    ReviewKind.START: Message("Start review"),
    ReviewKind.MIDWAY: Message("Mid-way review"),
    ReviewKind.END: Message("End review"),
}


def reflection_timeline(
    session: Session, mentorship: Mentorship, side: Side, today: dt.date
) -> list[TimelineTuple]:
    """All that this side may know of, the oldest first."""
    entries = [
        *_reflections(session, mentorship, side),
        *_feedback(session, mentorship, side, today),
        *_reviews(session, mentorship, side),
    ]
    return sorted(entries, key=lambda entry: entry[0])


def _reflections(session: Session, mentorship: Mentorship, side: Side) -> Iterator[TimelineTuple]:
    visible = own_reflections if side is Side.MENTEE else shared_reflections
    for reflection in reversed(visible(session, mentorship)):
        title = MOMENT_TITLES[reflection.moment]
        yield reflection.reflected_on, "reflection", title, ("reflection", reflection.id)


def _feedback(
    session: Session, mentorship: Mentorship, side: Side, today: dt.date
) -> Iterator[TimelineTuple]:
    if side is Side.MENTEE:
        visible = given_feedback(session, mentorship)
    else:
        visible = feedback_for_mentor(session, mentorship, today)
    for feedback in visible:
        title = Message("Feedback on the mentoring")
        yield feedback.given_on, "mentoring-feedback", title, ("mentoring-feedback", feedback.id)


def _reviews(session: Session, mentorship: Mentorship, side: Side) -> Iterator[TimelineTuple]:
    for review in reviews_for(session, mentorship, side):
        if review.own and review.other:
            on = max(review.own.written_on, review.other.written_on)
            yield on, "review", REVIEW_TITLES[review.kind], ("review", None)
