"""Small rounds to publish: a questionnaire of any shape, ballots from plain lists of ratings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.anonymity.ballot import Ballot
from survey.frameworks.questionnaire import Questionnaire

# One rater's answers to the indicators of one competency; None is "not observed" or skipped.
Row = tuple[int | None, ...]


def questionnaire_of(
    shapes: Sequence[int], points: Sequence[int], group_keys: Sequence[str]
) -> Questionnaire:
    """A questionnaire with a competency per entry of `shapes`, which counts its indicators."""
    return Questionnaire.model_validate(
        {
            "framework_id": "small",
            "framework_version": "1.0.0",
            "title": "Small",
            "languages": ("en",),
            "scale": {
                "points": tuple({"value": p, "label": f"Point {p}"} for p in points),
                "not_observed": "Not able to say",
            },
            "competencies": tuple(
                {
                    "id": f"c{c}",
                    "kind": "skill",
                    "title": f"Competency {c}",
                    "description": "Something one can see.",
                    "indicators": tuple(
                        {"id": f"c{c}-i{i}", "text": "Does it", "wording": {}}
                        for i in range(indicators)
                    ),
                }
                for c, indicators in enumerate(shapes)
            ),
            "open_questions": (
                {"id": "more", "text": "More?", "wording": {}, "groups": (), "rounds": ()},
            ),
            "group_keys": tuple(group_keys),
        }
    )


def ballots_of(
    questionnaire: Questionnaire,
    answers: Mapping[str, Sequence[Sequence[Row]]],
    *,
    looking_back: bool = False,
) -> list[Ballot]:
    """Ballots of a round: `answers` has per group, per rater, a row per competency.

    With `looking_back`, a row has as many answers again, on how it was before.
    """
    return [
        Ballot(
            group_key=key,
            ratings=_ratings(questionnaire, rows, skip=0),
            comments={},
            ratings_then=_ratings(questionnaire, rows, skip=1) if looking_back else {},
        )
        for key, raters in answers.items()
        for rows in raters
    ]


def _ratings(
    questionnaire: Questionnaire, rows: Sequence[Row], *, skip: int
) -> dict[str, int | None]:
    ratings = {}
    for competency, row in zip(questionnaire.competencies, rows, strict=True):
        ids = competency.indicator_ids
        ratings |= dict(zip(ids, row[skip * len(ids) :], strict=False))
    return ratings
