"""The details of a draft as their form holds them: what is proposed, offered, read and refused."""

from __future__ import annotations

import re

from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup, custom_group
from survey.languages.marks import N_
from survey.languages.recalled import Recalled
from survey.rounds.draft import RoundDetails
from survey.rounds.errors import InvalidRoundError
from survey.rounds.rater_guidance import usual_deadline
from survey.rounds.usual_purpose import usual_purpose
from survey.storage.models import Mentorship, ReleaseMode, Round, RoundKind
from survey.web.choices import offered
from survey.web.current import service
from survey.web.form_errors import show_problem
from survey.web.languages import current_language, in_words
from survey.web.round_forms import RoundForm
from survey.web.wording import day, framework_text, round_name

_NONE = ""
# What `custom_group` says, which knows no languages.
_NAME_PROBLEMS = Recalled(
    (
        N_("A rater group needs a name with at least one letter."),
        N_("The name of a rater group has at most %(most)s characters."),
        N_("The name of a rater group holds an invisible control character."),
        N_("“%(name)s” is the standard group “%(group)s”; use that one or choose another name."),
    )
)
_FIELDS = {
    "Deadline": "deadline",
    "Rater groups": "groups",
    "Anonymity threshold": "threshold",
    "Compared round": "compared_with",
    "Framework": "framework",
    "Goal": "goal",
    "Looking back": "retrospective",
    "Further groups": "own_groups",
}


def defaults(mentorship: Mentorship, earlier: list[Round]) -> dict[str, object]:
    """What a new round's form proposes: what suits most, or as the last round was."""
    first = mentorship.mentee.first_name
    values: dict[str, object] = {
        "deadline": usual_deadline(service().today()),
        "goal": str(mentorship.goals[0].id) if mentorship.goals else _NONE,
        "framework": (mentorship.goals[0].framework_id if mentorship.goals else "") or "leadership",
        "purpose": usual_purpose(first, mentorship.mentor.name).in_language(current_language()),
    }
    if earlier:
        last = earlier[0]
        values |= {
            "kind": RoundKind.AFTER.value,
            "compared_with": str(last.id),
            "framework": last.framework_id,
            "groups": [g.key for g in last.groups if g.key in _STANDARD],
            "own_groups": ", ".join(g.label for g in last.groups if g.key not in _STANDARD),
            "threshold": _threshold(last),
            "purpose": last.purpose,
        }
    return values


_STANDARD = {group.key: group for group in STANDARD_GROUPS}


def values_of(round_: Round) -> dict[str, object]:
    """A draft's details as the form shows them."""
    return {
        "kind": round_.kind.value,
        "compared_with": str(round_.compared_with_id or _NONE),
        "goal": str(round_.goal_id or _NONE),
        "framework": round_.framework_id,
        "groups": [group.key for group in round_.groups if group.key in _STANDARD],
        "own_groups": ", ".join(g.label for g in round_.groups if g.key not in _STANDARD),
        "deadline": round_.deadline,
        "threshold": _threshold(round_),
        "release_mode": round_.release_mode.value,
        "label_comments": round_.label_comments,
        "retrospective": round_.retrospective,
        "reminds_itself": round_.reminds_itself,
        "purpose": round_.purpose,
    }


def _threshold(round_: Round) -> int:
    """The threshold of its anonymous groups; the usual one when it has none."""
    return max((g.threshold for g in round_.groups if g.anonymous), default=DEFAULT_THRESHOLD)


def offer_choices(
    session: Session, form: RoundForm, mentorship: Mentorship, earlier: list[Round]
) -> None:
    """Give the form the frameworks, goals and earlier rounds that can be chosen."""
    frameworks = service().catalogue.for_mentor(session, mentorship.mentor)
    form.framework.choices = offered(
        [(framework.id, framework_text(framework, "title")) for framework in frameworks.values()]
    )
    form.goal.choices = offered(
        [
            (_NONE, gettext("(no goal)")),
            *((str(goal.id), goal.statement) for goal in mentorship.goals),
        ]
    )
    form.compared_with.choices = offered(
        [
            (_NONE, gettext("(nothing: this is the first)")),
            *(
                (
                    str(r.id),
                    gettext(
                        "%(round)s of %(day)s", round=round_name(r.kind), day=day(r.launched_on)
                    ),
                )
                for r in earlier
            ),
        ]
    )


def details_in(
    form: RoundForm, mentorship: Mentorship, earlier: list[Round]
) -> RoundDetails | None:
    """The details that the form holds; None, with the problem shown, when they make no sense."""
    groups = [_STANDARD[key] for key in form.groups.data or []]
    try:
        groups += _own_groups(form.own_groups.data or "")
    except ValueError as error:
        form.own_groups.errors = [
            *form.own_groups.errors,
            in_words(_NAME_PROBLEMS.message(str(error))),
        ]
        return None
    if form.deadline.data is None or form.threshold.data is None:
        return None
    return RoundDetails(
        kind=RoundKind(form.kind.data),
        framework_id=form.framework.data,
        groups=groups,
        deadline=form.deadline.data,
        goal=next((g for g in mentorship.goals if str(g.id) == form.goal.data), None),
        purpose=form.purpose.data or "",
        release_mode=ReleaseMode(form.release_mode.data),
        threshold=form.threshold.data,
        label_comments=form.label_comments.data,
        retrospective=form.retrospective.data,
        reminds_itself=form.reminds_itself.data,
        compared_with=next((r for r in earlier if str(r.id) == form.compared_with.data), None),
    )


def _own_groups(text: str) -> list[RaterGroup]:
    return [custom_group(label.strip()) for label in re.split("[,،]", text) if label.strip()]


def show_problems(form: RoundForm, error: InvalidRoundError) -> None:
    """Put each problem under the field that it is about."""
    for problem in error.problems:
        show_problem(form, problem, _FIELDS)
