"""Reports to test with, made from plain lists of ratings the way a service makes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from survey.anonymity.ballot import Ballot
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import build_released_aggregate
from survey.anonymity.released_change import with_change
from survey.anonymity.thresholds import GroupRule
from survey.frameworks.questionnaire import Questionnaire
from survey.report.assemble import build_report
from survey.report.feedback_report import FeedbackReport
from survey.report.round_facts import RoundFacts
from tests.anonymity.small_rounds import Row, ballots_of, questionnaire_of

RULES = (
    GroupRule("self", "Self", anonymous=False, threshold=1),
    GroupRule("manager", "Manager", anonymous=False, threshold=1),
    GroupRule("peers", "Peers", anonymous=True, threshold=3),
    GroupRule("customers", "Customers", anonymous=True, threshold=3),
)
# By group, by rater, a row of ratings per competency.
Answers = Mapping[str, Sequence[Sequence[Row]]]


def questionnaire(competencies: int, indicators: int = 2) -> Questionnaire:
    """So many competencies on a scale from 1 to 5, named "Competency 0" and so on."""
    return questionnaire_of([indicators] * competencies, range(1, 6), [rule.key for rule in RULES])


def report_of(
    asked: Questionnaire,
    rounds: Sequence[Answers],
    *,
    goal: Collection[str] = (),
    looking_back: bool = False,
) -> FeedbackReport:
    """The report of the last of these rounds, each compared with the one before it."""
    counted: list[CountedRound] = []
    for answers in rounds:
        ballots: list[Ballot] = ballots_of(asked, answers, looking_back=looking_back)
        summary = build_released_aggregate(
            asked, RULES, ballots, label_comments=False, retrospective=looking_back
        )
        now = CountedRound(asked, ballots, summary)
        complete = with_change(now, counted[-1] if counted else None, goal)
        counted.append(CountedRound(asked, ballots, complete))
    kinds = ["before", *["interim"] * (len(rounds) - 2), "after"][-len(rounds) :]
    facts = [
        RoundFacts(kind, dt.date(2026, 1 + 2 * place, 5), c.aggregate, asked)
        for place, (kind, c) in enumerate(zip(kinds, counted, strict=True))
    ]
    return build_report(
        facts[-1],
        facts[-2] if len(facts) > 1 else None,
        goal_competency_ids=frozenset(goal),
        mentee_name="Mia",
        language="en",
        trend_of=facts,
    )


def all_rate(group: str, raters: int, *levels: tuple[int, int]) -> dict[str, list[list[Row]]]:
    """Raters of a group with two ratings per competency; every second rater exchanges the two."""
    return {
        group: [
            [tuple(reversed(level)) if rater % 2 else level for level in levels]
            for rater in range(raters)
        ]
    }
