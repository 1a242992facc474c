"""The released aggregate: the one suppressed summary of a round.

Report, spreadsheet, API and PDF are drawn from this document and from nothing else, so what is
not in here cannot be published by mistake. What goes in follows four rules:

1. Only groups that may be shown enter at all (`thresholds`): what a hidden group said is in no
   figure, so nothing can be subtracted to find it.
2. Within a shown anonymous group a competency is withheld when fewer raters than the threshold
   have a score on it; then their ratings of it enter no other figure either.
3. Statements are shown for openly named groups, and for all anonymous groups together whose
   distributions are shown - never group by group: three ratings say little about a statement and
   much about three raters.
4. How much more is shown (distributions, statements) follows from `suppression`, so that no
   rater's rating is certain, not even for a reader who knows this program.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence

import numpy as np

from survey.anonymity.ballot import Ballot
from survey.anonymity.change_figures import ChangeFigures
from survey.anonymity.document import Document
from survey.anonymity.suppression import (
    Bound,
    BoundedMean,
    Detail,
    allowed_detail,
    bounded_mean,
    may_show_distribution,
    mean_of_bounded,
    publishable_spread,
)
from survey.anonymity.thresholds import Disclosure, GroupRule, ShownGroup, decide_disclosure
from survey.change.descriptive import (
    Ratings,
    competency_scores,
    describe,
    distribution,
)
from survey.frameworks.questionnaire import AskedCompetency, Questionnaire
from survey.frameworks.rater_groups import SELF

# The key of the cell that shows a statement for all anonymous raters together.
TOGETHER_KEY = "anonymous_raters_together"


class Cell(Document):
    """One group's figures for one competency or one statement.

    `n` is the number of raters with a score (a rating, for a statement). When fewer than the
    threshold have one, the cell is withheld: everything is None. `bound` tells whether `mean` is
    exact, or the mean is at least or at most that. `sd` is that of the raters' scores. `counts`
    has one entry per point of the scale and counts ratings; both may be withheld by themselves.
    """

    group: str
    n: int | None = None
    mean: float | None = None
    bound: Bound = "exact"
    sd: float | None = None
    counts: tuple[int, ...] | None = None


class StatementFigures(Document):
    """One behaviour indicator: openly named groups, and all anonymous raters together."""

    id: str
    cells: tuple[Cell, ...]


class CompetencyFigures(Document):
    """All groups' figures for one competency.

    `all_raters` is the unweighted mean of the shown means of all groups but self; where one of
    them is a bound, so is it.
    """

    id: str
    cells: tuple[Cell, ...]
    all_raters: float | None
    all_raters_bound: Bound
    statements: tuple[StatementFigures, ...]
    # The groups whose raters are meant by "all anonymous raters together".
    together: tuple[str, ...]
    # How much is shown of the groups together; a group's distribution may be missing by itself.
    detail: Detail


class GroupFigures(Document):
    """A group as shown: its members (more than one when pooled) and how many responded."""

    key: str
    label: str
    anonymous: bool
    members: tuple[str, ...]
    n: int


class CommentGroup(Document):
    """What was answered to one open question, in random order.

    `group` is a shown group, or None for all anonymous raters together.
    """

    question: str
    group: str | None
    texts: tuple[str, ...]


class ReleasedAggregate(Document):
    """Everything that may be published about one round."""

    points: tuple[int, ...]
    groups: tuple[GroupFigures, ...]
    hidden_groups: tuple[str, ...]
    competencies: tuple[CompetencyFigures, ...]
    # The same looking back, where the round asked for it: for each competency and group from the
    # same raters as the figures of now, so that the difference is their mean change.
    competencies_then: tuple[CompetencyFigures, ...] | None
    comments: tuple[CommentGroup, ...]
    # How sure one can be of the change since the compared round, and of the one that raters see
    # when they look back; `released_change` works them out.
    change: ChangeFigures | None = None
    looking_back: ChangeFigures | None = None

    def to_json(self) -> str:
        """The document as it is stored."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, document: str) -> ReleasedAggregate:
        """Read a stored document."""
        return cls.model_validate_json(document)

    def fingerprint(self) -> str:
        """SHA-256 of the stored form, in hex: two readers can tell that they see the same."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def build_released_aggregate(
    questionnaire: Questionnaire,
    rules: Sequence[GroupRule],
    ballots: Sequence[Ballot],
    *,
    label_comments: bool,
    retrospective: bool = False,
) -> ReleasedAggregate:
    """Summarise a closed round's ballots under its anonymity rules.

    `label_comments` says whether comments of anonymous groups carry the group's name;
    `retrospective`, whether raters also looked back.
    """
    responses = {rule.key: 0 for rule in rules}
    for ballot in ballots:
        responses[ballot.group_key] += 1
    disclosure = decide_disclosure(rules, responses)
    labels = {rule.key: rule.label for rule in rules}
    members = {
        group.key: [ballot for ballot in ballots if ballot.group_key in group.members]
        for group in disclosure.shown
    }
    points = tuple(point.value for point in questionnaire.scale.points)
    figures = [
        _figures_now_and_then(competency, disclosure, members, points, retrospective=retrospective)
        for competency in questionnaire.competencies
    ]
    return ReleasedAggregate(
        points=points,
        groups=tuple(
            GroupFigures(
                key=group.key,
                label=group.label,
                anonymous=group.anonymous,
                members=group.members,
                n=len(members[group.key]),
            )
            for group in disclosure.shown
        ),
        hidden_groups=tuple(labels[key] for key in disclosure.hidden),
        competencies=tuple(now for now, _ in figures),
        competencies_then=tuple(then for _, then in figures if then) if retrospective else None,
        comments=_comments(questionnaire, disclosure, members, label_comments=label_comments),
    )


def _figures_now_and_then(
    competency: AskedCompetency,
    disclosure: Disclosure,
    members: Mapping[str, Sequence[Ballot]],
    points: tuple[int, ...],
    *,
    retrospective: bool,
) -> tuple[CompetencyFigures, CompetencyFigures | None]:
    ids = competency.indicator_ids
    now = {key: rating_matrix([b.ratings for b in group], ids) for key, group in members.items()}
    if not retrospective:
        return competency_figures(competency.id, ids, disclosure.shown, now, points), None
    then = {
        key: rating_matrix([b.ratings_then for b in group], ids) for key, group in members.items()
    }
    for key in now:
        # Only raters with both scores: with one rater more on one side, the difference of the two
        # means and the change would give that rater's score away.
        both = ~np.isnan(competency_scores(now[key])) & ~np.isnan(competency_scores(then[key]))
        now[key], then[key] = now[key][both], then[key][both]
    return (
        competency_figures(competency.id, ids, disclosure.shown, now, points),
        competency_figures(competency.id, ids, disclosure.shown, then, points),
    )


def rating_matrix(
    ratings: Sequence[Mapping[str, int | None]], indicator_ids: Sequence[str]
) -> Ratings:
    """Shape (raters, indicators); None ("not observed") and absent (skipped) become NaN."""
    rows = [
        [np.nan if (value := given.get(i)) is None else value for i in indicator_ids]
        for given in ratings
    ]
    return np.array(rows, dtype=np.float64).reshape(len(ratings), len(indicator_ids))


def competency_figures(
    competency_id: str,
    indicator_ids: Sequence[str],
    groups: Sequence[ShownGroup],
    ratings: Mapping[str, Ratings],
    points: tuple[int, ...],
) -> CompetencyFigures:
    """All figures of one competency. `ratings` has a matrix per shown group's key."""
    low, high = points[0], points[-1]
    scores = {group.key: competency_scores(ratings[group.key]) for group in groups}
    described = {key: describe(values) for key, values in scores.items()}
    shown = [group for group in groups if described[group.key].n >= group.threshold]
    means = {
        group.key: bounded_mean(mean, described[group.key].n, len(indicator_ids), low, high)
        for group in shown
        if group.anonymous and (mean := described[group.key].mean) is not None
    }
    spreads = {key: publishable_spread(described[key].sd, len(indicator_ids)) for key in means}
    # A group whose distribution is missing stays out of the statements as well: there, what the
    # others leave over would be its own.
    blocks = {key: ratings[key] for key in means if may_show_distribution(means[key], spreads[key])}
    detail = allowed_detail(
        blocks, max((group.threshold for group in shown if group.key in blocks), default=1)
    )
    cells = []
    for group in groups:
        figures = described[group.key]
        if group not in shown:
            cells.append(Cell(group=group.key))
            continue
        if not group.anonymous:
            cells.append(
                _cell(group.key, scores[group.key], ratings[group.key], points, with_counts=True)
            )
            continue
        cells.append(
            Cell(
                group=group.key,
                n=figures.n,
                mean=_rounded(means[group.key].value),
                bound=means[group.key].bound,
                sd=_rounded(spreads[group.key]),
                counts=distribution(ratings[group.key], points) if group.key in blocks else None,
            )
        )
    all_raters = _all_raters(cells)
    named = {group.key: ratings[group.key] for group in shown if not group.anonymous}
    return CompetencyFigures(
        id=competency_id,
        cells=tuple(cells),
        all_raters=all_raters.value if all_raters else None,
        all_raters_bound=all_raters.bound if all_raters else "exact",
        statements=_statements(indicator_ids, named, blocks, points, detail),
        together=tuple(blocks),
        detail=detail,
    )


def _statements(
    indicator_ids: Sequence[str],
    named: Mapping[str, Ratings],
    blocks: Mapping[str, Ratings],
    points: tuple[int, ...],
    detail: Detail,
) -> tuple[StatementFigures, ...]:
    statements = []
    for column, indicator_id in enumerate(indicator_ids):
        cells = [
            _cell(key, matrix[:, column], matrix[:, column], points, with_counts=True)
            for key, matrix in named.items()
        ]
        if blocks and detail <= Detail.STATEMENT_MEANS:
            together = np.concatenate([matrix[:, column] for matrix in blocks.values()])
            cells.append(
                _cell(
                    TOGETHER_KEY,
                    together,
                    together,
                    points,
                    with_counts=detail is Detail.STATEMENT_DISTRIBUTIONS,
                )
            )
        statements.append(StatementFigures(id=indicator_id, cells=tuple(cells)))
    return tuple(statements)


def _cell(
    group: str, scores: Ratings, ratings: Ratings, points: tuple[int, ...], *, with_counts: bool
) -> Cell:
    """A cell with exact figures; sd only where it says no more than the counts do."""
    described = describe(scores)
    return Cell(
        group=group,
        n=described.n,
        mean=_rounded(described.mean),
        sd=_rounded(described.sd if with_counts else None),
        counts=distribution(ratings, points) if with_counts else None,
    )


def _rounded(figure: float | None) -> float | None:
    """Without the last digits, which depend on the order of a sum and so on the single terms."""
    return None if figure is None else round(figure, 9)


def _all_raters(cells: Sequence[Cell]) -> BoundedMean | None:
    """Computed from the published means alone, so that it says nothing that they do not."""
    return mean_of_bounded(
        BoundedMean(cell.mean, cell.bound)
        for cell in cells
        if cell.group != SELF.key and cell.mean is not None
    )


def _comments(
    questionnaire: Questionnaire,
    disclosure: Disclosure,
    members: dict[str, list[Ballot]],
    *,
    label_comments: bool,
) -> tuple[CommentGroup, ...]:
    collected: list[CommentGroup] = []
    for question in questionnaire.open_questions:
        texts: dict[str | None, list[str]] = {}
        for group in disclosure.shown:
            labelled = label_comments or not group.anonymous
            said = texts.setdefault(group.key if labelled else None, [])
            for ballot in members[group.key]:
                if text := ballot.comments.get(question.id):
                    said.append(text)
        for key, said in texts.items():
            # Each question is shuffled by itself: equal places in two lists mean nothing.
            secrets.SystemRandom().shuffle(said)
            if said:
                collected.append(CommentGroup(question=question.id, group=key, texts=tuple(said)))
    return tuple(collected)
