"""What is wrong with a rater's form, in the rater's language."""

from __future__ import annotations

from flask_babel import gettext

from survey.anonymity.ballot import LONGEST_COMMENT
from survey.rounds.errors import AnswerFault, AnswerProblem


def in_words(problem: AnswerProblem) -> str:
    """One problem as a sentence that says what to do."""
    words: str
    if problem.kind is AnswerFault.COMMENT_TOO_LONG:
        words = gettext(
            "“%(question)s”: your comment has %(length)s characters; shorten it to %(most)s.",
            question=problem.asked,
            length=problem.length,
            most=LONGEST_COMMENT,
        )
    elif problem.kind is AnswerFault.NOT_OFFERED:
        words = gettext(
            "“%(statement)s”: choose one of the offered answers.", statement=problem.asked
        )
    else:
        words = gettext(
            "You have not rated or written anything yet. Rate at least one statement, or use the "
            "link at the end of the page to decline."
        )
    return words
