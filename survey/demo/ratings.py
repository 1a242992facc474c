"""Plausible ratings for the demo: the same ones every time.

A rating is the level that the rater's group sees in the competency, plus what makes this rater,
this statement and this moment differ, rounded to the scale.
"""

from __future__ import annotations

from random import Random

from survey.demo.cast import CastMentee, CastRater, CastRound
from survey.frameworks.questionnaire import GroupForm
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.answers import NOT_OBSERVED, RATING_PREFIX

# Any seed tells the same story. With this one, of a few dozen, chance blurs it least.
_SEED = "samira9"
# Standard deviations, in points of the scale.
_LENIENCY = 0.3  # how much more generous one rater is than another, in everything
_IMPRESSION = 0.2  # how differently two raters see the same competency
_STATEMENT = 0.25  # how much harder one statement is than another
_MOMENT = 0.4  # what differs from one tick to the next
_SKIPPED = 0.02

_NAMED = {group.key for group in STANDARD_GROUPS if not group.anonymous}


def ratings_of(
    case: CastMentee, round_: CastRound, rater: CastRater, form: GroupForm
) -> dict[str, str]:
    """The rating fields of a filled form, as a browser would send them."""
    points = [point.value for point in form.scale]
    moment = _random(round_.kind.value, rater.email)
    # One self and one manager: the level in the case is theirs alone.
    alone = rater.group in _NAMED
    leniency = 0.0 if alone else _random(rater.email).gauss(0, _LENIENCY)
    fields: dict[str, str] = {}
    for competency in form.competencies:
        impression = 0.0 if alone else _random(rater.email, competency.id).gauss(0, _IMPRESSION)
        unseen = case.chance_not_observed(competency.id, rater.group)
        level = round_.level(competency.id, rater.group) + leniency + impression
        for item in competency.items:
            chance = moment.random()
            hardness = _random(item.id).gauss(0, _STATEMENT)
            value = round(level + hardness + moment.gauss(0, _MOMENT))
            if chance < unseen:
                fields[RATING_PREFIX + item.id] = NOT_OBSERVED
            elif chance < 1 - _SKIPPED or alone:
                fields[RATING_PREFIX + item.id] = str(min(max(value, points[0]), points[-1]))
    return fields


def _random(*what: str) -> Random:
    """A source of numbers for one thing alone, so that changing one leaves the others as is."""
    return Random("/".join((_SEED, *what)))  # noqa: S311 - must repeat; nothing secret about it
