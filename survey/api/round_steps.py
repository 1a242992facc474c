"""What moves a round on: launch, reminders, deadline, close and release. Nothing goes back."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action
from survey.api.operations import operation
from survey.api.round_shapes import RoundShown, shown
from survey.api.shapes import Sent
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.close import close_round
from survey.rounds.launch import launch_round
from survey.rounds.manage import extend_deadline
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.web.access import round_for
from survey.web.current import service
from survey.web.deeds import note_deed
from survey.web.rate_limits import limit_letters


class DeadlineSent(Sent):
    """Another last day."""

    deadline: dt.date = Field(description="The last day for answers (UTC).")


@operation(
    "POST",
    "/rounds/<uuid:round_id>/launch",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    shows=RoundShown,
    limits=(limit_letters,),
    refusals=(409,),
)
def launch(session: Session, round_id: uuid.UUID) -> RoundShown:
    """Open a draft and send the invitations. Its questions and groups stay as they are then."""
    round_ = round_for(session, round_id, Action.WRITE)
    mentor = round_.mentorship.mentor
    launch_round(
        session,
        round_,
        service().catalogue.get(session, mentor, round_.framework_id),
        links=service().rater_links,
        master_key=service().master_key,
        now=service().now(),
    )
    return shown(session, round_, service().today())


@operation(
    "POST",
    "/rounds/<uuid:round_id>/remind",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    shows=RoundShown,
    limits=(limit_letters,),
    refusals=(409,),
)
def remind(session: Session, round_id: uuid.UUID) -> RoundShown:
    """Remind everybody who is not done. How many that is, is told to nobody."""
    round_ = round_for(session, round_id, Action.WRITE)
    remind_all(session, round_, service().now(), reminded_by=round_.mentorship.mentor)
    return shown(session, round_, service().today())


@operation(
    "POST",
    "/rounds/<uuid:round_id>/deadline",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    body=DeadlineSent,
    shows=RoundShown,
    fields={"Deadline": "#/deadline"},
    refusals=(409,),
)
def set_deadline(session: Session, round_id: uuid.UUID, body: DeadlineSent) -> RoundShown:
    """Move the last day of an open round."""
    round_ = round_for(session, round_id, Action.WRITE)
    extend_deadline(round_, body.deadline, service().today())
    note_deed(session, Deed.DEADLINE_MOVED, round_.id)
    return shown(session, round_, service().today())


@operation(
    "POST",
    "/rounds/<uuid:round_id>/close",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    shows=RoundShown,
    refusals=(409, 503),
)
def close(session: Session, round_id: uuid.UUID) -> RoundShown:
    """Close an open round: its answers are counted, and nobody can answer any more."""
    round_ = round_for(session, round_id, Action.WRITE)
    close_round(
        session,
        round_,
        master_key=service().master_key,
        now=service().now(),
        closed_by=round_.mentorship.mentor,
    )
    return shown(session, round_, service().today())


@operation(
    "POST",
    "/rounds/<uuid:round_id>/release",
    tag="Rounds",
    scope=Scope.ROUNDS_WRITE,
    shows=RoundShown,
    refusals=(409,),
)
def release(session: Session, round_id: uuid.UUID) -> RoundShown:
    """Let the mentee read the report of a closed round. They are told by e-mail."""
    round_ = round_for(session, round_id, Action.RELEASE)
    release_round(session, round_, service().now(), released_by=round_.mentorship.mentor)
    return shown(session, round_, service().today())
