"""Whole reports of every shape, on the shipped leadership framework, with plausible ratings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from survey.anonymity.ballot import Ballot
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import ReleasedAggregate, build_released_aggregate
from survey.anonymity.released_change import with_change
from survey.anonymity.thresholds import GroupRule
from survey.frameworks.comparable import plan_comparison
from survey.frameworks.loader import load_framework
from survey.frameworks.questionnaire import AskedCompetency, Questionnaire, build_questionnaire
from survey.mentoring.attainment import GoalAttainment, MeasureAttainment
from survey.report.assemble import build_report
from survey.report.feedback_report import FeedbackReport, ReportedGoal
from survey.report.round_facts import RoundFacts

FRAMEWORK = Path(__file__).parents[2] / "competency_frameworks" / "leadership.yaml"
RULES = (
    GroupRule("self", "Self", anonymous=False, threshold=1),
    GroupRule("manager", "Manager", anonymous=False, threshold=1),
    GroupRule("peers", "Peers", anonymous=True, threshold=3),
    GroupRule("direct_reports", "Direct reports", anonymous=True, threshold=3),
    GroupRule("customers", "Customers", anonymous=True, threshold=3),
)
EVERYBODY = {"self": 1, "manager": 1, "peers": 5, "direct_reports": 4, "customers": 6}
COMMENTS = ("Keep the short notes.", "More of the open talks, please.", "Fewer meetings.")
GOAL = ReportedGoal(
    "Lead cross-team projects with confidence",
    "Projects arrive on the agreed day.",
    GoalAttainment(
        (
            MeasureAttainment("On the agreed day", ("a", "b", "c", "d", "e"), 2, -2, 0),
            MeasureAttainment("Who knows why", ("a", "b", "c", "d", "e"), 1, -1, None),
        )
    ),
)


def leadership() -> Questionnaire:
    """The questionnaire of the shipped framework."""
    return build_questionnaire(load_framework(FRAMEWORK), [rule.key for rule in RULES])


def facts_of(
    raters: Sequence[Mapping[str, int]],
    *,
    looking_back: bool = False,
    comments: Sequence[str] = COMMENTS,
    rules: Sequence[GroupRule] = RULES,
    goal: Sequence[str] = (),
    questionnaire: Questionnaire | None = None,
    newer: Questionnaire | None = None,
    same_meaning: Sequence[str] = (),
) -> list[RoundFacts]:
    """Closed rounds, oldest first; `raters` has per round how many answered in each group.

    The last of them asks the `newer` questionnaire, where there is one.
    """
    first = questionnaire or leadership()
    plan = plan_comparison(first, newer, same_meaning) if newer else None
    counted: list[CountedRound] = []
    for place, groups in enumerate(raters):
        is_newer = newer is not None and place == len(raters) - 1
        asked = newer if newer is not None and is_newer else first
        chance = Random(f"round {place}")
        ballots = [
            _ballot(asked, key, chance, place, looking_back=looking_back, comments=comments)
            for key, many in groups.items()
            for _ in range(many)
        ]
        aggregate = build_released_aggregate(
            asked, rules, ballots, label_comments=False, retrospective=looking_back
        )
        now = CountedRound(asked, ballots, aggregate)
        left_out = plan.left_out if plan and is_newer else ()
        complete = with_change(now, counted[-1] if counted else None, goal, left_out)
        counted.append(CountedRound(asked, ballots, complete))
    kinds = ["before", *["interim"] * (len(raters) - 2), "after"][-len(raters) :]
    if len(raters) == 1 and not looking_back:
        kinds = ["before"]
    return [
        RoundFacts(
            kind,
            dt.date(2025, 1, 5) + dt.timedelta(180 * place),
            c.aggregate,
            c.questionnaire,
            plan=plan if c.questionnaire is newer else None,
            compared_asked=counted[place - 1].questionnaire if place else None,
        )
        for place, (kind, c) in enumerate(zip(kinds, counted, strict=True))
    ]


def newer_leadership() -> Questionnaire:
    """Another version: two competencies reworded, one with a statement less, one new, one gone."""
    asked = leadership()
    first, second, third, fourth, *rest = asked.competencies
    new = rest[-1].model_copy(
        update={
            "id": "newly-asked",
            "title": "Newly asked",
            "indicators": tuple(
                one.model_copy(update={"id": f"new-{one.id}"}) for one in rest[-1].indicators
            ),
        }
    )
    return asked.model_copy(
        update={
            "framework_version": "2.0.0",
            "competencies": (
                _reworded(first),
                _reworded(second),
                third.model_copy(update={"indicators": third.indicators[1:]}),
                fourth,
                *rest[:-1],
                new,
            ),
        }
    )


def _reworded(competency: AskedCompetency) -> AskedCompetency:
    first, *others = competency.indicators
    other = first.model_copy(update={"text": "Says it in other words", "wording": {}})
    return competency.model_copy(update={"indicators": (other, *others)})


def report_of(
    facts: Sequence[RoundFacts],
    *,
    goal: Sequence[str] = (),
    stated: ReportedGoal | None = None,
    language: str = "en",
) -> FeedbackReport:
    """The report of the last of these rounds."""
    return build_report(
        facts[-1],
        facts[-2] if len(facts) > 1 else None,
        goal_competency_ids=frozenset(goal),
        mentee_name="Mia",
        language=language,
        goal=stated,
        trend_of=facts,
    )


def linked(asked: Questionnaire) -> list[str]:
    """The competencies that the goal is about."""
    return [competency.id for competency in asked.competencies[1:3]]


def report_like(shape: str, language: str = "en") -> FeedbackReport:
    """A report of one of the SHAPES, for a reader of this language."""
    goal = linked(leadership())
    stated: ReportedGoal | None = GOAL
    back, comments, rules = False, COMMENTS, RULES
    few = {"self": 1, "manager": 1, "peers": 2, "direct_reports": 4, "customers": 0}
    raters: list[Mapping[str, int]] = [EVERYBODY, EVERYBODY]
    if shape == "before":
        raters = [EVERYBODY]
    elif shape == "manager_and_self":
        raters = [{"self": 1, "manager": 1}] * 2
        stated = None
    elif shape == "retrospective":
        raters, back = [EVERYBODY], True
    elif shape == "retrospective_after_a_before":
        back = True
    elif shape == "hidden_groups":
        raters = [EVERYBODY, few]
    elif shape == "pooled":
        raters = [EVERYBODY, few | {"customers": 2}]
    elif shape == "nobody":
        raters, comments = [{}], ()
    elif shape in ("trend", "trend_to_a_new_version"):
        raters = [EVERYBODY] * 4
    newer = newer_leadership() if shape.endswith("new_version") else None
    facts = facts_of(
        raters,
        looking_back=back,
        comments=comments,
        rules=rules,
        goal=goal,
        newer=newer,
        same_meaning=[newer.competencies[0].id] if newer else (),
    )
    return report_of(facts, goal=goal, stated=stated, language=language)


SHAPES = (
    "before",
    "after",
    "manager_and_self",
    "retrospective",
    "retrospective_after_a_before",
    "hidden_groups",
    "pooled",
    "nobody",
    "trend",
    "new_version",
)


def aggregate_of(facts: Sequence[RoundFacts]) -> ReleasedAggregate:
    """What is published of the last round."""
    return facts[-1].aggregate


def _ballot(
    asked: Questionnaire,
    key: str,
    chance: Random,
    place: int,
    *,
    looking_back: bool,
    comments: Sequence[str],
) -> Ballot:
    now, then = {}, {}
    for number, competency in enumerate(asked.competencies):
        level = 2.8 + 0.2 * (number % 4) + (0.5 * place if number % 3 == 1 else 0.05 * place)
        for item in competency.indicator_ids:
            now[item] = _rating(level, chance)
            if looking_back:
                then[item] = _rating(level - 0.6, chance)
    said = {}
    for question in asked.open_questions:
        if comments and chance.random() < 0.7:
            said[question.id] = chance.choice(comments)
    return Ballot(key, now, said, then)


def _rating(level: float, chance: Random) -> int:
    return min(5, max(1, round(chance.gauss(level, 0.8))))
