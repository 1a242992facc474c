"""The report of a stored round."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.anonymity.redaction import Place, redacted
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.languages.message import Message
from survey.mentoring.attainment import attainment_of
from survey.report.assemble import build_report
from survey.report.feedback_report import FeedbackReport, ReportedGoal
from survey.report.round_facts import RoundFacts
from survey.rounds.errors import NoResultError, ReportDisposedError, WrongStateError
from survey.rounds.questionnaires import comparison_plan_of, questionnaire_of
from survey.storage.models import Goal, Round, RoundState
from survey.storage.queries import rounds as round_queries


def report_of_round(session: Session, round_: Round, language: str) -> FeedbackReport:
    """The report of a closed round, compared with its earlier round once that is closed too.

    Raises WrongStateError for a round that is not closed: nothing is shown before; and
    ReportDisposedError for one whose report was kept long enough, or that has none (NoResultError).
    """
    if round_.without_result:
        raise NoResultError(
            Message(
                "This round was closed before, and a restored backup brought it back open. Its "
                "answers were not counted a second time, to protect those who gave them, so there "
                "is no report."
            )
        )
    current = _facts(session, round_)
    if current is None and round_.closed_on is not None:
        raise ReportDisposedError(
            Message("This report was kept long enough and has been disposed of.")
        )
    if current is None:
        raise WrongStateError(Message("There is no report before the round is closed."))
    earlier = _facts(session, round_.compared_with) if round_.compared_with else None
    return build_report(
        current,
        earlier,
        goal_competency_ids=round_.goal.competency_ids if round_.goal else frozenset(),
        mentee_name=round_.mentorship.mentee.first_name,
        language=language,
        goal=_goal(round_.goal) if round_.goal else None,
        trend_of=_rounds_up_to(session, round_, current),
    )


def _goal(goal: Goal) -> ReportedGoal:
    return ReportedGoal(goal.statement, goal.success_measures, attainment_of(goal))


def _rounds_up_to(session: Session, round_: Round, current: RoundFacts) -> list[RoundFacts]:
    """The mentorship's released rounds of the same framework, and last this one.

    A round that was closed and never released stays out, unless this one is compared with it.
    """
    earlier = [
        other
        for other in round_queries.in_mentorship(session, round_.mentorship_id)
        if other.id != round_.id
        and other.framework_id == round_.framework_id
        and (other.state is RoundState.RELEASED or other.id == round_.compared_with_id)
        and other.closed_on is not None
        and other.closed_on <= current.closed_on
    ]
    found = (_facts(session, other) for other in earlier)
    return [*(facts for facts in found if facts is not None), current]


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
        plan=comparison_plan_of(round_),
        compared_asked=questionnaire_of(round_.compared_with) if round_.compared_with else None,
    )
