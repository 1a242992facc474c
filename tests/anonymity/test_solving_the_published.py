"""The promise, attacked: no rating and no hidden cell can be solved for from what is published.

Runs a few hundred small rounds; `ATTACKED_ROUNDS=5000` in the environment makes it thousands.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from survey.anonymity.released_aggregate import ReleasedAggregate, build_released_aggregate
from survey.anonymity.thresholds import GroupRule
from survey.frameworks.comparable import ComparisonPlan, PlannedCompetency, Standing
from survey.frameworks.questionnaire import Questionnaire
from survey.report.assemble import build_report
from survey.report.feedback_report import Figures
from survey.report.round_facts import RoundFacts
from tests.anonymity.attacker import SolvedCompetency
from tests.anonymity.small_rounds import Row, ballots_of, questionnaire_of

ROUNDS = int(os.environ.get("ATTACKED_ROUNDS", "250"))
ANONYMOUS = ("peers", "direct_reports", "customers")

attacked = settings(
    max_examples=ROUNDS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
fewer = settings(attacked, max_examples=max(1, ROUNDS // 4))
fewest = settings(attacked, max_examples=max(1, ROUNDS // 12))


@dataclass(frozen=True)
class SmallRound:
    """A closed round: who was promised what, and what they answered."""

    questionnaire: Questionnaire
    rules: tuple[GroupRule, ...]
    answers: dict[str, list[list[Row]]]

    @property
    def shapes(self) -> tuple[int, ...]:
        """How many indicators each competency has."""
        return tuple(len(c.indicators) for c in self.questionnaire.competencies)

    @property
    def points(self) -> tuple[int, ...]:
        """The rating scale."""
        return tuple(point.value for point in self.questionnaire.scale.points)

    @property
    def responses(self) -> dict[str, int]:
        """What a mentor sees anyway."""
        return {key: len(raters) for key, raters in self.answers.items()}

    def publish(self) -> ReleasedAggregate:
        """What everybody sees."""
        return build_released_aggregate(
            self.questionnaire,
            self.rules,
            ballots_of(self.questionnaire, self.answers),
            label_comments=True,
        )

    def rows(self, members: Sequence[str], competency: int) -> list[Row]:
        """The truth about one competency."""
        return [rows[competency] for key in members for rows in self.answers[key]]


@st.composite
def group_answers(
    draw: st.DrawFn, raters: int, shapes: Sequence[int], points: Sequence[int]
) -> list[list[Row]]:
    """Answers of one group, mostly of the kinds that give people away."""
    kind = draw(
        st.sampled_from(
            ["any", "alike", "nearly alike", "nearly all top", "nearly all bottom",
             "straight-lined", "two neighbours", "hardly observed"]
        )
    )  # fmt: skip
    any_point = st.sampled_from(points)
    common = {
        "nearly all top": points[-1],
        "nearly all bottom": points[0],
    }.get(kind) or draw(any_point)
    answers = []
    for _ in range(raters):
        line = draw(any_point)
        if kind == "straight-lined":
            rating: st.SearchStrategy[int | None] = st.just(line)
        elif kind == "two neighbours":
            rating = st.sampled_from([common, min(common + 1, points[-1])])
        elif kind == "alike":
            rating = st.just(common)
        elif kind.startswith("nearly"):
            rating = st.sampled_from([common] * 7 + [*points])
        elif kind == "hardly observed":
            rating = st.sampled_from([None, None, *points])
        else:
            rating = any_point
        answers.append([tuple(draw(rating) for _ in range(k)) for k in shapes])
    if kind != "hardly observed" and raters and draw(st.integers(0, 2)) == 0:
        # One rater did not see everything.
        competency = draw(st.integers(0, len(shapes) - 1))
        missing = draw(st.integers(0, shapes[competency] - 1))
        row = answers[0][competency]
        answers[0][competency] = (*row[:missing], None, *row[missing + 1 :])
    return answers


@st.composite
def small_rounds(
    draw: st.DrawFn, like: SmallRound | None = None, peers: st.SearchStrategy[int] | None = None
) -> SmallRound:
    """A round; or another one that asks the same of the same groups, with other answers.

    With `peers`, so many peers respond, and enough of every other group for it to be shown.
    """
    if like is None:
        shapes = draw(st.sampled_from([(1,), (2,), (2,), (3,), (3,), (4,), (2, 3)]))
        points = tuple(range(1, draw(st.integers(3, 5)) + 1))
        keys = ANONYMOUS[: draw(st.integers(1, 3))]
        rules = (
            GroupRule("self", "Self", anonymous=False, threshold=1),
            GroupRule("manager", "Manager", anonymous=False, threshold=1),
            *(GroupRule(key, key, anonymous=True, threshold=draw(st.integers(2, 4)))
              for key in keys),
        )  # fmt: skip
        asked = questionnaire_of(shapes, points, [rule.key for rule in rules])
    else:
        asked, rules, shapes, points = like.questionnaire, like.rules, like.shapes, like.points
    answers = {}
    for rule in rules:
        if not rule.anonymous:
            raters = draw(st.integers(0, 1))
        elif peers is None:
            raters = draw(st.integers(1, 6))
        else:
            raters = draw(peers if rule.key == "peers" else st.integers(rule.threshold, 6))
        answers[rule.key] = draw(group_answers(raters, shapes, points))
    return SmallRound(asked, rules, answers)


@attacked
@given(small_rounds(), st.randoms(use_true_random=False))
def test_no_rating_and_no_hidden_figure_can_be_solved_for(small_round, random):
    _attack(small_round, small_round.publish(), random)


@fewer
@given(st.data())
def test_what_a_hidden_group_said_makes_no_difference_to_the_document(data):
    one = data.draw(small_rounds(peers=st.just(1)))
    other = replace(
        one,
        answers=one.answers
        | {"peers": data.draw(group_answers(1, one.shapes, one.points), label="others")},
    )
    document = one.publish()
    assert "peers" not in {member for group in document.groups for member in group.members}
    assert document.to_json() == other.publish().to_json()


@fewer
@given(st.data())
def test_what_too_few_said_about_a_competency_makes_no_difference_to_the_document(data):
    one = data.draw(small_rounds(peers=st.integers(4, 6)))
    # All but one skip the first competency; what that one said is exchanged.
    nothing = (None,) * one.shapes[0]
    skipped = [[nothing, *rows[1:]] for rows in one.answers["peers"][1:]]
    documents = []
    for _ in range(2):
        (row,), *_ = data.draw(group_answers(1, one.shapes[:1], one.points))
        peers = [[row, *one.answers["peers"][0][1:]], *skipped]
        documents.append(replace(one, answers=one.answers | {"peers": peers}).publish())
    cells = {cell.group: cell for cell in documents[0].competencies[0].cells}
    assert cells["peers"].n is None
    assert cells["peers"].mean is None
    assert documents[0].to_json() == documents[1].to_json()


@fewest
@given(st.data(), st.randoms(use_true_random=False))
def test_before_and_after_together_say_no_more_than_each_of_them(data, random):
    # The peers are shown before and hidden after: the report must not help to find them.
    before = data.draw(small_rounds(peers=st.integers(4, 6)))
    after = data.draw(small_rounds(like=before, peers=st.just(1)))
    documents = {"before": before.publish(), "after": after.publish()}
    _attack(before, documents["before"], random)
    _attack(after, documents["after"], random)
    _assert_that_the_report_adds_nothing(before, documents)
    # And so where they are shown both times.
    later = data.draw(small_rounds(like=before, peers=st.integers(4, 6)))
    both = {"before": documents["before"], "after": later.publish()}
    _assert_that_the_report_adds_nothing(before, both)
    # Where another version was asked, it has nothing of the before round on what is left out.
    left_out = data.draw(
        st.sets(st.sampled_from([c.id for c in before.questionnaire.competencies]))
    )
    _assert_that_the_report_adds_nothing(before, both, left_out)


def _assert_that_the_report_adds_nothing(small_round, documents, left_out=frozenset()):
    """The report has its figures from the two documents, by plain arithmetic.

    The two rounds' raters are different unknowns, and an attacker who writes the equations of
    both documents side by side gets two systems without a common unknown. Only a figure of the
    report that involves both could couple them; each is found again here from published figures
    alone, so its equation follows from the others.
    """
    facts = {
        kind: RoundFacts(
            kind,
            dt.date(2024, 1, 1),
            ReleasedAggregate.from_json(document.to_json()),
            small_round.questionnaire,
        )
        for kind, document in documents.items()
    }
    plan = ComparisonPlan(
        asked=small_round.questionnaire.fingerprint(),
        competencies=tuple(
            PlannedCompetency(
                id=asked.id,
                standing=Standing.REWORDED if asked.id in left_out else Standing.SAME,
                compared=asked.id not in left_out,
            )
            for asked in small_round.questionnaire.competencies
        ),
    )
    report = build_report(
        replace(facts["after"], plan=plan) if left_out else facts["after"],
        facts["before"],
        goal_competency_ids=frozenset({"c0"}),
        mentee_name="M",
        language="en",
    )
    for number, told in enumerate(report.competencies):
        then, now = (documents[kind].competencies[number] for kind in ("before", "after"))
        if told.id in left_out:
            _assert_nothing_of_the_round_before(told, now)
            continue
        _assert_rows_are_published(told.rows, then.cells, now.cells)
        for statement, s_then, s_now in zip(
            told.statements, then.statements, now.statements, strict=True
        ):
            _assert_rows_are_published(statement.rows, s_then.cells, s_now.cells)
        assert (told.all_before, told.all_before_bound) == (then.all_raters, then.all_raters_bound)
        assert (told.all_after, told.all_after_bound) == (now.all_raters, now.all_raters_bound)
        changes = [
            row.change for row in told.rows if row.group != "self" and row.change is not None
        ]
        if told.movement.value is not None:
            assert told.movement.value == pytest.approx(sum(changes) / len(changes))
        for row in told.rows:
            if row.group == "peers" and "peers" not in {g.key for g in documents["after"].groups}:
                assert row.after == Figures()
                assert row.change is None


def _assert_nothing_of_the_round_before(told, now):
    for row in (*told.rows, *(row for statement in told.statements for row in statement.rows)):
        assert row.before == Figures()
        assert row.change is None
    assert (told.all_before, told.self_before, told.self_other_before) == (None, None, None)
    assert (told.start, told.end, told.movement.value) == (None, None, None)
    assert told.all_after == now.all_raters


def _assert_rows_are_published(rows, cells_then, cells_now):
    for row in rows:
        for figures, cells in ((row.before, cells_then), (row.after, cells_now)):
            cell = next((cell for cell in cells if cell.group == row.group), None)
            if cell is None:
                assert figures == Figures()
            else:
                assert figures == Figures(cell.n, cell.mean, cell.bound, cell.sd, cell.counts)
        if row.change is not None:
            assert row.change == row.after.mean - row.before.mean
            assert row.change_bound == _bound_of_change(row.before.bound, row.after.bound)


def _bound_of_change(before, after):
    """Where the truth lies, seen from the difference of the two published means."""
    lower = after == "at_most" or before == "at_least"
    higher = after == "at_least" or before == "at_most"
    return {
        (False, False): "exact",
        (True, False): "at_most",
        (False, True): "at_least",
        (True, True): "about",
    }[lower, higher]


def _attack(small_round, document, random):
    published = document.to_json()
    for number, competency in enumerate(small_round.questionnaire.competencies):
        # Building it raises when the shown raters' answers alone do not explain the figures: then
        # somebody else's answers went into them, a hidden group's, say.
        solved = SolvedCompetency(
            published,
            small_round.questionnaire,
            small_round.rules,
            small_round.responses,
            competency.id,
        )
        event(f"detail {document.competencies[number].detail.name}")
        _assert_no_rating_is_certain(small_round, document, solved, number, random)
        _assert_no_hidden_figure_is_certain(small_round, document, solved, number)


def _assert_no_rating_is_certain(small_round, document, solved, number, random):
    """Whether the possible ratings of a rater, given that they rated, are just one.

    It suffices to ask about what a group answered unanimously: figures do not tell the raters of
    a group apart, so with any answers that fit, the same answers with two raters exchanged fit
    too. If two raters of the group truly gave v and w, then each rater may have given v, and each
    may have given w; nothing is certain. Rather than only believe that, one rater of each group
    is also asked about a statement on which the group differs.
    """
    for group in document.groups:
        if not group.anonymous:
            continue
        rows = small_round.rows(group.members, number)
        differing = []
        for indicator in range(solved.indicators):
            given_ratings = {row[indicator] for row in rows} - {None}
            if len(given_ratings) == 1:
                (rating,) = given_ratings
                assert solved.may_differ(group.key, indicator, rating), (
                    f"all of {group.key} gave {rating} to statement {indicator}, and it shows"
                )
            elif given_ratings:
                differing.append((indicator, given_ratings))
        if differing and random.random() < 0.2:
            indicator, given_ratings = random.choice(differing)
            least, most = solved.possible_ratings(group.key, indicator)
            assert least <= min(given_ratings) < max(given_ratings) <= most


def _assert_no_hidden_figure_is_certain(small_round, document, solved, number):
    for key in solved.withheld:
        members = next(group.members for group in document.groups if group.key == key)
        rows = small_round.rows(members, number)
        fewest, most = solved.possible_raters(key)
        assert fewest < most, f"how many of {key} have a score shows"
        scores = [score for row in rows if (score := _score(row)) is not None]
        if scores:
            assert solved.mean_may_differ(key, sum(scores) / len(scores)), (
                f"the mean of {key} is withheld, and shows"
            )
    together = document.competencies[number].together
    # With a single indicator the statement is the competency, whose mean is shown.
    if together and not solved.statements_shown and solved.indicators > 1:
        rows = small_round.rows(
            [m for group in document.groups if group.key in together for m in group.members],
            number,
        )
        ratings = [
            [row[indicator] for row in rows if row[indicator] is not None]
            for indicator in range(solved.indicators)
        ]
        means = [Fraction(sum(given), len(given)) if given else None for given in ratings]
        # Where nothing is said about statements, any two of them can change places. So a mean that
        # is certain is the mean of each of them: that they are all alike is all that is learned.
        if len(set(means)) > 1:
            for indicator, mean in enumerate(means):
                assert mean is None or solved.statement_mean_may_differ(
                    together, indicator, mean
                ), f"the mean of statement {indicator} is withheld, and shows"


def _score(row: Row) -> Fraction | None:
    rated = [rating for rating in row if rating is not None]
    return Fraction(sum(rated), len(rated)) if rated and 2 * len(rated) >= len(row) else None
