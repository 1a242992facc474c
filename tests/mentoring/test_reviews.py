"""Reviews: nobody reads the other before both have written."""

from __future__ import annotations

import pytest

from survey.mentoring.errors import MentoringError
from survey.mentoring.reflection_timeline import reflection_timeline
from survey.mentoring.reviews import review_for, reviews_for, submit_review
from survey.service import Service
from survey.storage.models import ReviewKind, Side
from tests.mentoring.reflections import TODAY, new_mentorship

MIDWAY = ReviewKind.MIDWAY


def test_both_write_then_both_read(service: Service) -> None:
    sets = service.question_sets
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        for words in ("First", "Second"):
            answers = {"works": words, "whose-agenda": "Not asked"}
            submit_review(session, mentorship, MIDWAY, Side.MENTEE, answers, sets, TODAY)
        own = review_for(session, mentorship, MIDWAY, Side.MENTEE)
        assert own.own is not None
        # The mentor's question is not the mentee's to answer.
        assert [answer.text for answer in own.own.answers] == ["Second"]
        assert own.other is None
        theirs = review_for(session, mentorship, MIDWAY, Side.MENTOR)
        assert (theirs.own, theirs.other, theirs.is_complete) == (None, None, False)
        assert reflection_timeline(session, mentorship, Side.MENTOR, TODAY) == []
        answers = {"whose-agenda": "Mine"}
        submit_review(session, mentorship, MIDWAY, Side.MENTOR, answers, sets, TODAY)
        for side in Side:
            review = review_for(session, mentorship, MIDWAY, side)
            assert review.is_complete
            assert review.other is not None
            assert review.other.side is not side
        (entry,) = reflection_timeline(session, mentorship, Side.MENTOR, TODAY)
        assert entry == (TODAY, "review", "Mid-way review", ("review", None))
        with pytest.raises(MentoringError, match="stays as it is"):
            submit_review(session, mentorship, MIDWAY, Side.MENTEE, {"works": "X"}, sets, TODAY)
        assert [r.is_complete for r in reviews_for(session, mentorship, Side.MENTEE)] == [
            False,
            True,
            False,
        ]


def test_a_review_needs_an_answer_that_fits(service: Service) -> None:
    sets = service.question_sets
    with service.database.writing() as session:
        mentorship = new_mentorship(session)
        for answers, expected in (({}, "^Answer at"), ({"goal-still-right": "x"}, "^goal-still")):
            with pytest.raises(MentoringError, match=expected):
                submit_review(session, mentorship, MIDWAY, Side.MENTOR, answers, sets, TODAY)
        assert review_for(session, mentorship, MIDWAY, Side.MENTOR).own is None
