"""A rater's place in a round: what their pages show and what decides about them, read at once."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from survey.anonymity.ballot_box import ballot_room
from survey.frameworks.questionnaire import GroupForm, Questionnaire
from survey.kept import Kept
from survey.storage.models import Invitation, RoundKind, RoundState, StoredQuestionnaire
from survey.storage.queries import invitations as invitation_queries

# Questionnaires never change under their id, and a form is kept under all that it is made from.
_QUESTIONNAIRES = Kept[uuid.UUID, Questionnaire](most=50, seconds=600)
_ROOMS = Kept[uuid.UUID, int](most=500, seconds=600)
_FORMS = Kept[tuple[object, ...], GroupForm](most=500, seconds=60)


@dataclass(frozen=True)
class Shown:
    """All that a rater's pages show besides their own answers; alike for many raters of a group.

    It is what a page that is kept ready is kept under: whatever changes, another page is shown.
    """

    mentee_name: str
    mentor_name: str
    round_id: uuid.UUID
    kind: RoundKind
    # The sealed text: opening it costs a look into the key database, comparing it does not.
    purpose_sealed: bytes | None
    deadline: dt.date
    retrospective: bool
    # The day that "back then" means: of the earlier round, or of the mentoring's start.
    then_on: dt.date
    questionnaire_id: uuid.UUID
    group_key: str
    group_label: str
    anonymous: bool
    threshold: int
    language: str

    @property
    def mentee_first(self) -> str:
        """How the form addresses the mentee."""
        return self.mentee_name.split()[0]


@dataclass(frozen=True)
class RaterPlace:
    """An invitation with its round, as far as a rater's pages need them."""

    invitation_id: uuid.UUID
    link_hash: str | None
    revoked: bool
    done: bool
    state: RoundState
    launched_on: dt.date
    public_key: bytes | None
    shown: Shown

    @property
    def round_id(self) -> uuid.UUID:
        """The round."""
        return self.shown.round_id


def place_by_link_hash(
    connection: Connection, link_hash: str, *, hold_round: bool = False
) -> RaterPlace | None:
    """The place that a link leads to; None where no current link has this hash.

    With `hold_round` the round cannot close before this transaction ends.
    """
    row = invitation_queries.place_by_link_hash(connection, link_hash, hold_round=hold_round)
    if row is None:
        return None
    decides: tuple[Any, ...] = (*row[:_DECIDES], Shown(*row[_DECIDES:]))
    return RaterPlace(*decides)


# So many columns come first that are not shown.
_DECIDES = 7


def place_of(invitation: Invitation) -> RaterPlace:
    """The same for an invitation at hand, of a launched round."""
    round_ = invitation.round
    mentorship = round_.mentorship
    group = round_.group(invitation.group_key)
    if round_.questionnaire_id is None or round_.launched_on is None:
        raise ValueError("the round has no questionnaire before its launch")
    return RaterPlace(
        invitation.id,
        invitation.link_hash,
        invitation.revoked,
        invitation.done,
        round_.state,
        round_.launched_on,
        round_.public_key,
        Shown(
            mentorship.mentee.name,
            mentorship.mentor.name,
            round_.id,
            round_.kind,
            round_.purpose_sealed,
            round_.deadline,
            round_.retrospective,
            (round_.compared_with and round_.compared_with.launched_on) or mentorship.started_on,
            round_.questionnaire_id,
            group.key,
            group.label,
            group.anonymous,
            group.threshold,
            invitation.language,
        ),
    )


def form_for(session: Session, shown: Shown) -> GroupForm:
    """The form that raters of this group see, in their language."""
    key = (
        shown.questionnaire_id,
        shown.group_key,
        shown.language,
        shown.mentee_first,
        shown.kind.value,
    )
    return _FORMS.get(key, lambda: _questionnaire(session, key[0]).form_for(*key[1:]))


def ballot_room_for(session: Session, shown: Shown) -> int:
    """The length of every ballot of this questionnaire, in bytes before it is sealed."""
    return _ROOMS.get(
        shown.questionnaire_id,
        lambda: _room(_questionnaire(session, shown.questionnaire_id)),
    )


def _room(questionnaire: Questionnaire) -> int:
    return ballot_room(
        [item.id for part in questionnaire.competencies for item in part.indicators],
        [question.id for question in questionnaire.open_questions],
    )


def _questionnaire(session: Session, questionnaire_id: uuid.UUID) -> Questionnaire:
    return _QUESTIONNAIRES.get(
        questionnaire_id,
        lambda: Questionnaire.from_json(
            session.get_one(StoredQuestionnaire, questionnaire_id).document
        ),
    )
