"""Taking a rater's answers or decline: the link is used up and the ballot sealed at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session, object_session

from survey.anonymity.ballot import Ballot, Decline
from survey.anonymity.ballot_box import RoundKeys, seal
from survey.anonymity.delay import delay_step
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.answers import read_answers
from survey.rounds.errors import RoundClosedError, UsedLinkError
from survey.rounds.rater_links import RaterLinks
from survey.rounds.rater_place import RaterPlace, Shown, ballot_room_for, form_for, place_of
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import Invitation, Round
from survey.storage.queries import ballots as ballot_queries
from survey.storage.queries import invitations as invitation_queries
from survey.storage.sealed_columns import key_store


def form_of(invitation: Invitation) -> GroupForm:
    """The form that this rater sees, in their language."""
    session = object_session(invitation)
    if session is None:
        raise LookupError("a form can be read within a session only")
    return form_for(session, place_of(invitation).shown)


def submit_feedback(
    session: Session, links: RaterLinks, token: str, fields: Mapping[str, str], today: dt.date
) -> Shown:
    """Accept a filled form; gives what the rater's pages go on to show.

    Raises a LinkError when the link does not count (any more), InvalidAnswersError when the form
    has to be mended, and KeyDestroyedError when the round's key is lost; then nothing is stored.
    """
    place = links.place(session.connection(), token, today, hold_round=True)
    shown = place.shown
    ballot = read_answers(
        form_for(session, shown), shown.group_key, fields, retrospective=shown.retrospective
    )
    _cast(session, place, replace(ballot, answered=delay_step(place.launched_on, today)))
    return shown


def decline(session: Session, links: RaterLinks, token: str, today: dt.date) -> None:
    """Note that a rater does not want to answer, in a way that nobody can tell from an answer.

    Raises a LinkError when the link does not count (any more) and KeyDestroyedError when the
    round's key is lost; then nothing is stored.
    """
    place = links.place(session.connection(), token, today, hold_round=True)
    _cast(session, place, Decline(place.shown.group_key))


def _cast(session: Session, place: RaterPlace, ballot: Ballot | Decline) -> None:
    """Use the link up and put the ballot into the box: the same statements, whichever it is."""
    _require_openable(session, place.round_id)
    if not invitation_queries.consume(session, place.invitation_id, place.link_hash):
        raise UsedLinkError
    if place.public_key is None:
        raise ValueError("an open round has a public key")
    room = ballot_room_for(session, place.shown)
    ballot_queries.add_sealed(session, place.round_id, seal(ballot, place.public_key, room))


def _require_openable(session: Session, round_id: uuid.UUID) -> None:
    """Refuse an answer that nobody could ever read.

    A restored backup may say that a round is open which has ended; and with an older backup of the
    keys a round has lost its own.
    """
    keys = key_store(session)
    if keys.opens(round_id):
        return
    if keys.is_ended(round_id):
        raise RoundClosedError
    round_ = session.get_one(Round, round_id)
    if round_.public_key is None or round_.wrapped_private_key is None:
        raise ValueError("an open round has keys")
    if RoundKeys(round_.public_key, round_.wrapped_private_key).needs_opening_key:
        raise KeyDestroyedError(f"the key of the round {round_id} is not in the key database")
