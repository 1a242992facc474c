"""The report of a stored round."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.anonymity.redaction import Place, redacted
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.report.feedback_report import FeedbackReport, RoundFacts, build_report
from survey.rounds.errors import WrongStateError
from survey.rounds.questionnaires import questionnaire_of
from survey.storage.models import Round, RoundState
from survey.storage.queries import rounds as round_queries


def report_of_round(session: Session, round_: Round, language: str) -> FeedbackReport:
    """The report of a closed round, compared with its earlier round once that is closed too.

    Raises WrongStateError for a round that is not closed: nothing is shown before.
    """
    current = _facts(session, round_)
    if current is None:
        raise WrongStateError("There is no report before the round is closed.")
    earlier = _facts(session, round_.compared_with) if round_.compared_with else None
    return build_report(
        current,
        earlier,
        goal_competency_ids=round_.goal.competency_ids if round_.goal else frozenset(),
        mentee_name=round_.mentorship.mentee.first_name,
        language=language,
    )


def _with_redactions(
    session: Session, round_: Round, aggregate: ReleasedAggregate
) -> ReleasedAggregate:
    found: dict[Place, list[str]] = {}
    for redaction in round_queries.comment_redactions(session, round_.id):
        place = (redaction.question_id, redaction.group_key or None, redaction.position)
        found.setdefault(place, []).append(redaction.words)
    return aggregate.model_copy(update={"comments": redacted(aggregate.comments, found)})


def _facts(session: Session, round_: Round) -> RoundFacts | None:
    if round_.state not in (RoundState.CLOSED, RoundState.RELEASED) or round_.closed_on is None:
        return None
    stored = round_queries.aggregate(session, round_.id)
    if stored is None:
        return None
    return RoundFacts(
        kind=round_.kind.value,
        closed_on=round_.closed_on,
        aggregate=_with_redactions(session, round_, ReleasedAggregate.from_json(stored.document)),
        questionnaire=questionnaire_of(round_),
    )
