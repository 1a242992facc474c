"""What a rater is told before answering: the same in the letter and on the form."""

from __future__ import annotations

from typing import Any

from survey.frameworks.questionnaire import GroupForm
from survey.frameworks.rater_groups import SELF
from survey.rounds.duration import minutes_to_answer
from survey.rounds.rater_place import Shown, place_of
from survey.storage.models import Invitation


def rater_briefing(invitation: Invitation, form: GroupForm) -> dict[str, Any]:
    """What the letter says; see `briefing`."""
    return briefing(place_of(invitation).shown, form, invitation.round.purpose)


def briefing(shown: Shown, form: GroupForm, purpose: str) -> dict[str, Any]:
    """Who it is about and why, until when, how long it takes, and how the group is treated.

    In one place, so that letter and form cannot promise different things.
    """
    return {
        "mentee_name": shown.mentee_name,
        "mentee_first": shown.mentee_first,
        "mentor_name": shown.mentor_name,
        "purpose": purpose,
        "deadline": shown.deadline,
        "minutes": minutes_to_answer(form, retrospective=shown.retrospective),
        "group_label": shown.group_label,
        "anonymous": shown.anonymous,
        "threshold": shown.threshold,
        "is_self": shown.group_key == SELF.key,
    }
