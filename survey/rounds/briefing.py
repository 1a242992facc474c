"""What a rater is told before answering: the same in the letter and on the form."""

from __future__ import annotations

from typing import Any

from survey.frameworks.questionnaire import GroupForm
from survey.frameworks.rater_groups import SELF
from survey.rounds.duration import minutes_to_answer
from survey.rounds.rater_place import Shown, place_of
from survey.rounds.usual_purpose import purpose_in_words
from survey.storage.models import Invitation, Round, RoundGroup


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
        "purpose": purpose_in_words(purpose, shown.mentee_first, shown.mentor_name, shown.language),
        "deadline": shown.deadline,
        "minutes": minutes_to_answer(form, retrospective=shown.retrospective),
        "group_label": shown.group_label,
        "anonymous": shown.anonymous,
        "threshold": shown.threshold,
        "is_self": shown.group_key == SELF.key,
    }


def group_briefing(round_: Round, group: RoundGroup, form: GroupForm) -> dict[str, Any]:
    """The same for nobody in particular in a group, also before the launch: for a preview."""
    mentorship = round_.mentorship
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
