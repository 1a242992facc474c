"""Proposals for what comes next, from a feedback report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.anonymity.suppression import Bound
from survey.languages.marks import N_
from survey.report.feedback_report import CompetencyReport, FeedbackReport
from survey.report.of_round import report_of_round
from survey.report.rounding import one_decimal
from survey.report.wording import Wording, wording_in
from survey.storage.models import Mentorship, Round, RoundState
from survey.storage.queries import rounds as round_queries

MOST_PROPOSALS = 4
_MOST_LOWEST = 2
# By how a figure is bound. One that is only a lower bound does not say that a rating is low or has
# fallen, so it proposes nothing.
_LOWEST: dict[Bound, str] = {
    "exact": N_("rated lowest: %(mean)s"),
    "about": N_("rated lowest: about %(mean)s"),
    "at_most": N_("rated lowest: at most %(mean)s"),
}
_AMONG_LOWEST: dict[Bound, str] = {
    "exact": N_("rated among the lowest: %(mean)s"),
    "about": N_("rated among the lowest: about %(mean)s"),
    "at_most": N_("rated among the lowest: at most %(mean)s"),
}
_FALLS: dict[Bound, str] = {
    "exact": N_("fell by %(points)s"),
    "about": N_("fell by about %(points)s"),
    "at_most": N_("fell by at least %(points)s"),
}


@dataclass(frozen=True)
class Proposal:
    """A competency to work on next, and why: “rated lowest: 2.9, fell by 0.4”."""

    competency: str
    reason: str

    def __str__(self) -> str:
        """The proposal as a line of text."""
        return f"{self.competency} ({self.reason})"


@dataclass(frozen=True)
class ProposalSource:
    """The round that proposals come from, and the proposals."""

    round: Round
    proposals: tuple[Proposal, ...]


def proposed_next_steps(report: FeedbackReport, words: Wording) -> tuple[Proposal, ...]:
    """The lowest-rated competencies, then those that fell, each once, at most four.

    The lowest rated are two, and never more than half of the competencies: of few, one is always
    the lowest. A fall counts when it is shown as one, at one decimal. All raters but the mentee
    count.
    """
    titles = {found.id: found.title for found in report.competencies}
    reasons: dict[str, list[str]] = {}
    for found, reason in [
        *_lowest(report.competencies, words),
        *_fallen(report.competencies, words),
    ]:
        reasons.setdefault(found.id, []).append(reason)
    proposals = [Proposal(titles[id_], words.enumerated(why)) for id_, why in reasons.items()]
    return tuple(proposals[:MOST_PROPOSALS])


def newest_proposals(
    session: Session, mentorship: Mentorship, language: str
) -> ProposalSource | None:
    """Proposals from the newest closed round that shows change, or else the newest closed one."""
    closed = sorted(
        (r for r in round_queries.in_mentorship(session, mentorship.id) if _is_closed(r)),
        key=lambda r: (r.closed_on, r.launched_on),
        reverse=True,
    )
    if not closed:
        return None
    with_change = (r for r in closed if r.compared_with is not None and _is_closed(r.compared_with))
    round_ = next(with_change, closed[0])
    report = report_of_round(session, round_, language)
    return ProposalSource(round_, proposed_next_steps(report, wording_in(language)))


def _is_closed(round_: Round) -> bool:
    is_closed = round_.state in (RoundState.CLOSED, RoundState.RELEASED)
    return is_closed and not round_.without_result


def _lowest(
    competencies: Sequence[CompetencyReport], words: Wording
) -> list[tuple[CompetencyReport, str]]:
    rated = [
        (found.all_after, found)
        for found in competencies
        if found.all_after is not None and found.all_after_bound in _LOWEST
    ]
    # Means of equal ratings may differ in their last digits.
    rated.sort(key=lambda pair: round(pair[0], 9))
    lowest = rated[: min(_MOST_LOWEST, len(rated) // 2)]
    chosen = []
    for mean, found in lowest:
        is_lowest = one_decimal(mean) == one_decimal(lowest[0][0])
        said = (_LOWEST if is_lowest else _AMONG_LOWEST)[found.all_after_bound]
        chosen.append((found, words.gettext(said, mean=words.points(mean))))
    return chosen


def _fallen(
    competencies: Sequence[CompetencyReport], words: Wording
) -> list[tuple[CompetencyReport, str]]:
    falls = [
        (found.movement.value, found)
        for found in competencies
        if found.movement.value is not None
        and found.movement.bound in _FALLS
        and one_decimal(found.movement.value) < 0
    ]
    falls.sort(key=lambda pair: round(pair[0], 9))
    return [
        (found, words.gettext(_FALLS[found.movement.bound], points=words.points(-change)))
        for change, found in falls
    ]
