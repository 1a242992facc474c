"""Reading a rater's submitted form."""

from __future__ import annotations

from collections.abc import Mapping

from survey.anonymity.ballot import LONGEST_COMMENT, Ballot
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.errors import AnswerFault, AnswerProblem, InvalidAnswersError

RATING_PREFIX = "r-"
RATING_THEN_PREFIX = "b-"
COMMENT_PREFIX = "c-"
NOT_OBSERVED = "none"
# Control characters besides tab and line feed: no keyboard makes them, PostgreSQL cannot store
# NUL, and in a ballot each would take six bytes, more than any other character.
_MEANINGLESS = dict.fromkeys({*range(0x20), 0x7F} - {ord("\t"), ord("\n")})


def read_answers(
    form: GroupForm, group_key: str, fields: Mapping[str, str], *, retrospective: bool = False
) -> Ballot:
    """Turn form fields into a ballot; fields that the questionnaire does not know are ignored.

    Field names are `r-<item id>` with a scale value or "none" (not observed), `b-<item id>` for
    the same looking back (where `retrospective`), and `c-<question id>`. Raises
    InvalidAnswersError with all problems.
    """
    problems: list[AnswerProblem] = []
    ratings = _read_ratings(form, RATING_PREFIX, fields, problems)
    then = _read_ratings(form, RATING_THEN_PREFIX, fields, problems) if retrospective else {}
    comments: dict[str, str] = {}
    for question in form.questions:
        # Browsers send line ends as CRLF.
        name = COMMENT_PREFIX + question.id
        text = fields.get(name, "").replace("\r\n", "\n")
        text = text.translate(_MEANINGLESS).strip()
        if len(text) > LONGEST_COMMENT:
            problems.append(
                AnswerProblem(AnswerFault.COMMENT_TOO_LONG, question.text, len(text), name)
            )
        elif text:
            comments[question.id] = text
    if not problems and not comments and all(value is None for value in ratings.values()):
        problems.append(AnswerProblem(AnswerFault.NOTHING_SAID))
    if problems:
        raise InvalidAnswersError(problems)
    return Ballot(group_key, ratings, comments, then)


def _read_ratings(
    form: GroupForm, prefix: str, fields: Mapping[str, str], problems: list[AnswerProblem]
) -> dict[str, int | None]:
    values = {str(point.value): point.value for point in form.scale}
    ratings: dict[str, int | None] = {}
    for competency in form.competencies:
        for item in competency.items:
            name = prefix + item.id
            given = fields.get(name, "")
            if given == NOT_OBSERVED:
                ratings[item.id] = None
            elif given in values:
                ratings[item.id] = values[given]
            elif given:
                problems.append(AnswerProblem(AnswerFault.NOT_OFFERED, item.text, field=name))
    return ratings
