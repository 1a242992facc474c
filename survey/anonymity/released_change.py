"""The statistics of change, computed so that they say no more about a rater than the figures do.

Tests, intervals and effect sizes need the raters' scores, and a number made from scores can say
what a withheld figure hides. They are safe under two conditions, which `publishable_scores` keeps:

1. They are symmetric in the raters of a group, and use of a rater nothing but the *score* on each
   competency. Ratings that differ in ways that leave every score as it is - raters exchanged, one
   rater's answers to two statements exchanged, answers v and v exchanged for v - 1 and v + 1, the
   exchanges of `suppression` - then give the same statistics; and these are the changes by which
   no rating is certain where a distribution is shown, and where it is withheld because the mean
   lies on a point of the scale: that is no end of it, so either some rater's score is at no end,
   and has another row of answers, or there are raters at both.
2. Where that does not hold, scores are replaced by what is published. A mean at the end of the
   scale is published as a bound that "all at the end" shares with "one answer off it"; these
   two differ in a score. So every rater enters with the bound. And with a single statement the
   score *is* the rating: such a competency is not tested at all where the distribution of a group
   that is compared is withheld.

Scores that are withheld (of hidden groups, or fewer than the threshold) enter nothing. The figures
of the goal join competencies, and only raters with scores on enough of them count: a group of which
fewer are left than any of its published figures has takes no part (`_of_enough_raters`).

Where the later round asks another version of the framework, competencies are compared as a whole or
not at all. One that is left out enters nothing here: neither a test, nor the family that p-values
are adjusted for, nor the goal's figures. The argument above is about every figure that is made of
publishable scores, so about figures over any set of competencies, and over several such sets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from survey.anonymity.change_figures import (
    ChangeFigures,
    CompetencyChangeFigures,
    TestedChange,
)
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import (
    Cell,
    CompetencyFigures,
    GroupFigures,
    ReleasedAggregate,
    rating_matrix,
)
from survey.anonymity.suppression import (
    Bound,
    BoundedMean,
    difference_of_bounded,
    mean_of_bounded,
)
from survey.change.analysis import (
    ChangeAnalysis,
    CompetencyChange,
    analyse_change,
    analyse_retrospective,
)
from survey.change.descriptive import Ratings, competency_scores
from survey.change.goal_link import Tester
from survey.change.response_shift import response_shift
from survey.change.stratified import ChangeTest
from survey.frameworks.rater_groups import SELF

_Cells = Mapping[str, Cell]  # by competency


@dataclass(frozen=True)
class _Side:
    """One of the two sides of a comparison.

    `scores` maps each shown group but self to shape (raters, competencies), NaN where there is no
    score or it is withheld; `cells` has what is published of the same. `untestable` has a group
    and a competency where the group's scores may not enter a test.
    """

    scores: dict[str, Ratings]
    cells: dict[str, _Cells]
    groups: dict[str, GroupFigures]
    untestable: frozenset[tuple[str, str]]


def with_change(
    current: CountedRound,
    earlier: CountedRound | None,
    goal_competencies: Collection[str],
    left_out: Collection[str] = (),
) -> ReleasedAggregate:
    """The current round's aggregate with its statistics of change.

    `earlier` is the round to compare with, None if there is none; one on another rating scale is
    not compared. `left_out` are competencies that the current round asks otherwise than the earlier
    one: what was answered to them, in either round, enters no figure of the change between them.
    The result depends on the two rounds' ratings only as the module's text says.
    """
    ids = [competency.id for competency in current.questionnaire.competencies]
    goal = tuple(competency_id for competency_id in ids if competency_id in goal_competencies)
    change = looking_back = None
    if earlier is not None and earlier.aggregate.points == current.aggregate.points:
        compared = [competency_id for competency_id in ids if competency_id not in left_out]
        change = _between_rounds(current, earlier, compared, goal) if compared else None
    then = _side_looking_back(current, ids)
    if then is not None:
        now = _side(current, current.aggregate.competencies, ids)
        then_scores, now_scores = _comparable(then, now, ids)
        enough = _of_enough_raters(then_scores, now_scores, _anonymous(then, now))
        linked = [competency_id in goal for competency_id in ids]
        analysis = analyse_retrospective(then_scores, now_scores, linked, for_goal=enough)
        looking_back = _figures(ids, analysis, goal, then, now, [None] * len(ids))
    return current.aggregate.model_copy(update={"change": change, "looking_back": looking_back})


def _between_rounds(
    current: CountedRound, earlier: CountedRound, ids: Sequence[str], goal: tuple[str, ...]
) -> ChangeFigures:
    """The change since the earlier round, from the answers to these competencies alone."""
    now = _side(current, current.aggregate.competencies, ids)
    then = _side_looking_back(current, ids)
    before = _side(earlier, earlier.aggregate.competencies, ids)
    earlier_scores, later_scores = _comparable(before, now, ids)
    shifts: Sequence[TestedChange | None] = [None] * len(ids)
    if then is not None:
        shifts = [
            _tested(test, before, then, competency_id)
            for competency_id, test in zip(
                ids, response_shift(*_comparable(before, then, ids)), strict=True
            )
        ]
    enough = _of_enough_raters(earlier_scores, later_scores, _anonymous(before, now))
    linked = [competency_id in goal for competency_id in ids]
    analysis = analyse_change(earlier_scores, later_scores, linked, for_goal=enough)
    return _figures(ids, analysis, goal, before, now, shifts)


def publishable_scores(ratings: Ratings, cell: Cell) -> Ratings:
    """Scores of one group on one competency as they may enter a test: shape (raters,).

    `ratings` has shape (raters, indicators); `cell` is what is published of them.
    """
    scores = competency_scores(ratings)
    if cell.mean is None:
        return np.full_like(scores, np.nan)
    if cell.bound != "exact":
        return np.where(np.isnan(scores), np.nan, cell.mean)
    return scores


def _side(
    counted: CountedRound, published: Sequence[CompetencyFigures], ids: Sequence[str]
) -> _Side:
    """The side of a round's "now"; competencies that it did not ask are missing."""
    return _side_of(counted, published, ids, {key: m for key, (m, _) in _answers(counted).items()})


def _side_looking_back(counted: CountedRound, ids: Sequence[str]) -> _Side | None:
    """The side of a retrospective round's "then"; None for any other round."""
    published = counted.aggregate.competencies_then
    if published is None:
        return None
    return _side_of(counted, published, ids, {key: m for key, (_, m) in _answers(counted).items()})


# Ratings of one shown group, by competency: shape (raters, indicators).
_Matrices = dict[str, Ratings]


def _answers(counted: CountedRound) -> dict[str, tuple[_Matrices, _Matrices]]:
    """What each shown group but self answered on now and, looking back, on then.

    In a retrospective round, as published: from raters with a score on both.
    """
    retrospective = counted.aggregate.competencies_then is not None
    answers = {}
    for group in counted.aggregate.groups:
        if group.key == SELF.key:
            continue
        ballots = [ballot for ballot in counted.ballots if ballot.group_key in group.members]
        now, then = {}, {}
        for asked in counted.questionnaire.competencies:
            one = rating_matrix([ballot.ratings for ballot in ballots], asked.indicator_ids)
            other = rating_matrix([ballot.ratings_then for ballot in ballots], asked.indicator_ids)
            if retrospective:
                alone = np.isnan(competency_scores(one)) | np.isnan(competency_scores(other))
                one[alone], other[alone] = np.nan, np.nan
            now[asked.id], then[asked.id] = one, other
        answers[group.key] = (now, then)
    return answers


def _side_of(
    counted: CountedRound,
    published: Sequence[CompetencyFigures],
    ids: Sequence[str],
    answers: Mapping[str, _Matrices],
) -> _Side:
    figures = {competency.id: competency for competency in published}
    groups = {group.key: group for group in counted.aggregate.groups if group.key in answers}
    cells: dict[str, _Cells] = {
        key: {
            competency.id: next(cell for cell in competency.cells if cell.group == key)
            for competency in published
        }
        for key in groups
    }
    scores = {}
    untestable = set()
    for key, matrices in answers.items():
        raters = len(next(iter(matrices.values())))
        scores[key] = np.column_stack(
            [
                publishable_scores(matrices[i], cells[key][i])
                if i in figures
                else np.full(raters, np.nan)
                for i in ids
            ]
        )
        untestable |= {
            (key, i)
            for i, cell in cells[key].items()
            if groups[key].anonymous
            and matrices[i].shape[1] == 1
            and cell.mean is not None
            and cell.bound == "exact"
            and cell.counts is None
        }
    return _Side(scores, cells, groups, frozenset(untestable))


def _comparable(
    before: _Side, after: _Side, ids: Sequence[str]
) -> tuple[dict[str, Ratings], dict[str, Ratings]]:
    """The scores of groups that mean the same on both sides.

    Without competencies that are untestable for one of them: no group's part is left out alone.
    """
    same = [
        key
        for key, group in before.groups.items()
        if key in after.groups and after.groups[key].members == group.members
    ]
    if not same:
        # A group of nobody: the analysis takes the number of competencies from the scores.
        return {"": np.empty((0, len(ids)))}, {"": np.empty((0, len(ids)))}
    untestable = before.untestable | after.untestable
    out = np.array([any((key, i) in untestable for key in same) for i in ids], dtype=np.bool_)
    return (
        {key: np.where(out, np.nan, before.scores[key]) for key in same},
        {key: np.where(out, np.nan, after.scores[key]) for key in same},
    )


def _anonymous(*sides: _Side) -> frozenset[str]:
    """Groups whose raters were promised anonymity on any of the sides."""
    return frozenset(key for side in sides for key, group in side.groups.items() if group.anonymous)


def _of_enough_raters(
    before: Mapping[str, Ratings], after: Mapping[str, Ratings], anonymous: Collection[str]
) -> Callable[[Tester], Tester]:
    """Wraps the test of the goal's figures: anonymous groups count where enough raters have them.

    The figures of a group whose raters saw different competencies could be those of one rater:
    the one who saw both. At least as many are asked for as have a score on the competency that
    fewest have a score on, which is shown, and so no fewer than the group's threshold.
    """
    least = {
        key: (_least_shown(before[key]), _least_shown(after[key]))
        for key in before
        if key in anonymous
    }

    def wrapped(test: Tester) -> Tester:
        def test_of_enough(
            earlier: Mapping[str, Ratings], later: Mapping[str, Ratings]
        ) -> tuple[ChangeTest | None, ...]:
            first, second = dict(earlier), dict(later)
            for key, (least_before, least_after) in least.items():
                first[key] = _of_enough(earlier[key], least_before)
                second[key] = _of_enough(later[key], least_after)
            return test(first, second)

        return test_of_enough

    return wrapped


def _least_shown(scores: Ratings) -> int:
    """The least number of raters with a score on a competency; withheld ones do not count."""
    raters = (~np.isnan(scores)).sum(axis=0)
    return int(raters[raters > 0].min(initial=len(scores)))


def _of_enough(scores: Ratings, least: int) -> Ratings:
    """The scores, shape (raters, figures), without figures that fewer raters have."""
    return np.where((~np.isnan(scores)).sum(axis=0) < least, np.nan, scores)


def _figures(
    ids: Sequence[str],
    analysis: ChangeAnalysis,
    goal: tuple[str, ...],
    before: _Side,
    after: _Side,
    shifts: Sequence[TestedChange | None],
) -> ChangeFigures:
    competencies = tuple(
        _competency(competency_id, found, before, after, shift)
        for competency_id, found, shift in zip(ids, analysis.competencies, shifts, strict=True)
    )
    # Of several competencies together: exact only where every part is.
    bounds = {c.tested.bound for c in competencies if c.tested is not None}
    overall: Bound = "about" if bounds - {"exact"} else "exact"
    return ChangeFigures(
        confidence=analysis.rule.confidence,
        competencies=competencies,
        goal_competencies=goal,
        linked=_document(analysis.goal.linked, overall),
        others=_document(analysis.goal.others, overall),
        contrast=_document(analysis.goal.contrast, overall),
        goal_verdict=analysis.goal_verdict,
    )


def _competency(
    competency_id: str,
    found: CompetencyChange,
    before: _Side,
    after: _Side,
    shift: TestedChange | None,
) -> CompetencyChangeFigures:
    return CompetencyChangeFigures(
        id=competency_id,
        verdict=found.verdict,
        clear_attainable=found.clear_attainable,
        tested=_tested(found.test, before, after, competency_id),
        holm_p=_rounded(found.holm_p),
        bh_p=_rounded(found.bh_p),
        g=_rounded(found.effects.g),
        superiority=_rounded(found.effects.superiority),
        shift=_rounded(found.effects.shift),
        response_shift=shift,
    )


def _tested(
    test: ChangeTest | None, before: _Side, after: _Side, competency_id: str
) -> TestedChange | None:
    if test is None:
        return None
    differences = (
        difference_of_bounded(
            _bounded(before.cells[key][competency_id]), _bounded(after.cells[key][competency_id])
        )
        for key in test.groups
    )
    mean = mean_of_bounded(differences)
    return _document(test, mean.bound if mean else "exact")


def _bounded(cell: Cell) -> BoundedMean:
    if cell.mean is None:
        raise ValueError("a withheld cell takes part in no test")
    return BoundedMean(cell.mean, cell.bound)


def _document(test: ChangeTest | None, bound: Bound) -> TestedChange | None:
    if test is None:
        return None
    return TestedChange(
        groups=test.groups,
        difference=round(test.difference, 9),
        bound=bound,
        low=_rounded(test.interval.low if test.interval else None),
        high=_rounded(test.interval.high if test.interval else None),
        p=round(test.p, 9),
        p_error=round(test.p_error, 9),
        exact=test.exact,
    )


def _rounded(figure: float | None) -> float | None:
    """Without the last digits, which depend on the order of a sum."""
    return None if figure is None else round(figure, 9)
