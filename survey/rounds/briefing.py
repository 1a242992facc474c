"""What a rater is told before answering: the same in the letter and on the form."""

from __future__ import annotations

from typing import Any

from survey.frameworks.questionnaire import GroupForm
from survey.frameworks.rater_groups import SELF
from survey.rounds.duration import minutes_to_answer
from survey.storage.models import Invitation


def rater_briefing(invitation: Invitation, form: GroupForm) -> dict[str, Any]:
    """Who it is about and why, until when, how long it takes, and how the group is treated.

    In one place, so that letter and form cannot promise different things.
    """
    round_ = invitation.round
    mentorship = round_.mentorship
    group = round_.group(invitation.group_key)
    return {
        "mentee_name": mentorship.mentee.name,
        "mentee_first": mentorship.mentee.first_name,
        "mentor_name": mentorship.mentor.name,
        "purpose": round_.purpose,
        "deadline": round_.deadline,
        "minutes": minutes_to_answer(form, retrospective=round_.retrospective),
        "group_label": group.label,
        "anonymous": group.anonymous,
        "threshold": group.threshold,
        "is_self": group.key == SELF.key,
    }
