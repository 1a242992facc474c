"""A mentor's rounds: listing, reading, drafting and discarding them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Literal

from flask import url_for
from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.anonymity.thresholds import DEFAULT_THRESHOLD, LEAST_THRESHOLD
from survey.api.operations import Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.problems import ErrorAt, ProblemError, pointer_to
from survey.api.round_shapes import RoundListed, RoundShown, listed, shown
from survey.api.shapes import Purpose, Sent, ShortLine
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup, custom_group
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.after_round import draft_after_round
from survey.rounds.draft import RoundDetails, create_draft, discard_draft
from survey.rounds.new_version import ask_new_version
from survey.storage.models import Goal, Mentorship, ReleaseMode, Round, RoundKind, RoundState
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries
from survey.web.access import as_mentor, require, round_for
from survey.web.current import current_person, service
from survey.web.deeds import note_deed

MOST_THRESHOLD = 20
_STANDARD = {group.key: group for group in STANDARD_GROUPS}
_FIELDS = {
    "Deadline": "#/deadline",
    "Rater groups": "#/groups",
    "Anonymity threshold": "#/threshold",
    "Compared round": "#/compared_with_id",
    "Framework": "#/framework_id",
    "Goal": "#/goal_id",
    "Looking back": "#/retrospective",
    "Questionnaire": "#/questionnaire",
    "Same meaning": "#/same_meaning",
}


class RoundsAsked(PageAsked):
    """Which rounds are wanted."""

    mentorship_id: uuid.UUID | None = Field(default=None, description="Of this mentee alone.")
    state: RoundState | None = Field(default=None, description="In this state alone.")


class QuestionnaireSent(Sent):
    """Which questionnaire a round asks that is compared with an earlier one."""

    questionnaire: Literal["same", "new"] = Field(
        default="same",
        description="For a round that is compared with an earlier one: `same` asks its "
        "questionnaire again, so that everything is compared; `new` asks the framework as it is "
        "today. Then competencies with the same statements are compared, and the others are not, "
        "but for those in `same_meaning`. 422 where the rating scale is another one, or nothing "
        "would be compared.",
    )
    same_meaning: list[ShortLine] = Field(
        default_factory=list,
        max_length=50,
        description="With `new`: ids of competencies whose statements are only worded otherwise, "
        "and which you judge to mean the same. They are compared; the report says so.",
    )


class DraftSent(QuestionnaireSent):
    """What you decide about a round before its launch."""

    kind: RoundKind = Field(
        default=RoundKind.BEFORE,
        description="It alone compares nothing: that is `compared_with_id`.",
    )
    framework_id: ShortLine
    deadline: dt.date = Field(description="The last day for answers (UTC).")
    groups: list[ShortLine] = Field(
        default_factory=lambda: list(_STANDARD),
        max_length=10,
        description=f"Keys of the standard groups: {', '.join(_STANDARD)}; all if left out.",
    )
    own_groups: list[ShortLine] = Field(
        default_factory=list, max_length=10, description="Names of further, anonymous groups."
    )
    goal_id: uuid.UUID | None = None
    compared_with_id: uuid.UUID | None = Field(
        default=None,
        description="An earlier closed round: the same is asked again, unless `questionnaire` says "
        "otherwise, and its raters are taken over as a first proposal.",
    )
    purpose: Purpose = Field(
        default="", description="Two or three sentences that raters read first."
    )
    release_mode: ReleaseMode = ReleaseMode.AFTER_DEBRIEF
    threshold: int = Field(
        default=DEFAULT_THRESHOLD,
        ge=LEAST_THRESHOLD,
        le=MOST_THRESHOLD,
        description="From how many answers on an anonymous group is shown by itself.",
    )
    label_comments: bool = False
    retrospective: bool = False
    reminds_itself: bool = True


class AfterSent(QuestionnaireSent):
    """What is not taken over from the earlier round."""

    deadline: dt.date | None = Field(
        default=None,
        description="The last day for answers (UTC); in two weeks, on a working day, if left out.",
    )


@operation(
    "GET",
    "/rounds",
    tag="Rounds",
    scope=Scope.ROUNDS_READ,
    asked=RoundsAsked,
    shows=RoundListed,
    many=True,
    refusals=(404,),
)
def list_rounds(session: Session, asked: RoundsAsked) -> Part:
    """List your rounds: by mentee, drafts first, then in the order of launch."""
    require(Resource.MENTORSHIP, Action.CREATE)
    mentorships: Sequence[Mentorship]
    if asked.mentorship_id is None:
        mentorships = people_queries.mentorships_of_mentor(session, current_person().id)
    else:
        mentorships = [as_mentor(session, asked.mentorship_id, Resource.DRAFT_ROUND, Action.READ)]
    found = [
        round_
        for mentorship in mentorships
        for round_ in round_queries.in_mentorship(session, mentorship.id)
        if asked.state in (None, round_.state)
    ]
    return part_of(found, asked, lambda one: str(one.id), listed)


@operation(
    "GET", "/rounds/<uuid:round_id>", tag="Rounds", scope=Scope.ROUNDS_READ, shows=RoundShown
)
def read_round(session: Session, round_id: uuid.UUID) -> RoundShown:
    """Read a round, with how far each group is: numbers, and never who.

    While it is open, `done` counts those who answered or declined; how many did which is counted
    at its close.
    """
    return shown(session, round_for(session, round_id, Action.WRITE), service().today())


@operation(
    "POST",
    "/mentees/<uuid:mentorship_id>/rounds",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    body=DraftSent,
    shows=RoundShown,
    status=201,
    fields=_FIELDS,
)
def create_round(session: Session, mentorship_id: uuid.UUID, body: DraftSent) -> Created:
    """Draft a round. Nothing is sent before its launch.

    Where the mentee is asked too, they are among its raters from the beginning.
    """
    mentorship = as_mentor(session, mentorship_id, Resource.DRAFT_ROUND, Action.CREATE)
    # So that a framework that nobody knows is named now and not at the launch.
    service().catalogue.get(session, mentorship.mentor, body.framework_id)
    details = RoundDetails(
        kind=body.kind,
        framework_id=body.framework_id,
        groups=_groups(body),
        deadline=body.deadline,
        goal=_goal(mentorship, body),
        purpose=body.purpose,
        release_mode=body.release_mode,
        threshold=body.threshold,
        compared_with=_compared(session, mentorship, body),
        label_comments=body.label_comments,
        retrospective=body.retrospective,
        reminds_itself=body.reminds_itself,
    )
    draft = create_draft(session, mentorship, details, service().today())
    _choose_questionnaire(session, draft, body)
    return _created(session, draft)


@operation(
    "POST",
    "/rounds/<uuid:round_id>/after",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    body=AfterSent,
    shows=RoundShown,
    status=201,
    fields={name: _FIELDS[name] for name in ("Deadline", "Questionnaire", "Same meaning")},
    refusals=(409,),
)
def create_after_round(session: Session, round_id: uuid.UUID, body: AfterSent) -> Created:
    """Draft the after round of a closed round: the same groups and raters, and the same questions.

    Unless you ask for the framework of today.
    """
    earlier = round_for(session, round_id, Action.WRITE)
    as_mentor(session, earlier.mentorship_id, Resource.DRAFT_ROUND, Action.CREATE)
    draft = draft_after_round(session, earlier, service().today(), body.deadline)
    _choose_questionnaire(session, draft, body)
    return _created(session, draft)


@operation(
    "DELETE",
    "/rounds/<uuid:round_id>",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    status=204,
    refusals=(409,),
)
def discard_round(session: Session, round_id: uuid.UUID) -> None:
    """Delete a draft with all its raters. Nothing has been sent to anybody."""
    round_ = round_for(session, round_id, Action.WRITE)
    note_deed(session, Deed.DRAFT_DISCARDED, round_.id)
    discard_draft(session, round_)


def _created(session: Session, draft: Round) -> Created:
    address = url_for("api.read_round", round_id=draft.id)
    return Created(shown(session, draft, service().today()), address)


def _choose_questionnaire(session: Session, draft: Round, body: QuestionnaireSent) -> None:
    if body.questionnaire == "new":
        mentor, framework_id = draft.mentorship.mentor, draft.framework_id
        framework = service().catalogue.get(session, mentor, framework_id)
        ask_new_version(session, draft, framework, body.same_meaning)
    elif body.same_meaning:
        at = ErrorAt(
            detail="This goes with the questionnaire `new` only.",
            pointer=pointer_to("same_meaning"),
        )
        raise ProblemError(422, "invalid-request", "Nothing was changed.", [at])


def _groups(body: DraftSent) -> list[RaterGroup]:
    """The groups that are named. Raises ProblemError with all that cannot be used."""
    found, wrong = [], []
    for place, key in enumerate(body.groups):
        if key in _STANDARD:
            found.append(_STANDARD[key])
        else:
            said = f"There is no such standard group; there are {', '.join(_STANDARD)}."
            wrong.append(ErrorAt(detail=said, pointer=pointer_to("groups", place)))
    for place, label in enumerate(body.own_groups):
        try:
            found.append(custom_group(label))
        except ValueError as error:
            wrong.append(ErrorAt(detail=str(error), pointer=pointer_to("own_groups", place)))
    if wrong:
        raise ProblemError(422, "invalid-request", "Nothing was changed.", wrong)
    return found


def _goal(mentorship: Mentorship, body: DraftSent) -> Goal | None:
    if body.goal_id is None:
        return None
    for goal in mentorship.goals:
        if goal.id == body.goal_id:
            return goal
    raise _not_found("goal_id", "This mentee has no such goal.")


def _compared(session: Session, mentorship: Mentorship, body: DraftSent) -> Round | None:
    if body.compared_with_id is None:
        return None
    for earlier in round_queries.earlier_closed(session, mentorship.id):
        if earlier.id == body.compared_with_id:
            return earlier
    raise _not_found(
        "compared_with_id",
        "This mentee has no such before or interim round that is closed and has a result.",
    )


def _not_found(name: str, detail: str) -> ProblemError:
    at = ErrorAt(detail=detail, pointer=pointer_to(name))
    return ProblemError(422, "invalid-request", "Nothing was changed.", [at])
