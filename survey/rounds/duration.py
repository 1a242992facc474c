"""How long a form takes, as told to raters."""

from __future__ import annotations

import math

from survey.frameworks.questionnaire import GroupForm

_SECONDS_PER_ITEM = 7.5
_SECONDS_PER_QUESTION = 25
# The same statement again, looking back: it is read already.
_SECONDS_LOOKING_BACK = 4


def minutes_to_answer(form: GroupForm, *, retrospective: bool = False) -> int:
    """Minutes that a rater needs, rounded up: reading and rating items, short comments."""
    items = sum(len(competency.items) for competency in form.competencies)
    per_item = _SECONDS_PER_ITEM + (_SECONDS_LOOKING_BACK if retrospective else 0)
    seconds = per_item * items + _SECONDS_PER_QUESTION * len(form.questions)
    return max(1, math.ceil(seconds / 60))
