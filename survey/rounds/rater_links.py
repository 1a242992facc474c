"""Signed one-time links of raters.

A link's token is made from the invitation, its link version and an expiry day, and signed
(itsdangerous). It can be made again whenever a letter is sent, so nothing but its hash is stored.
Raising the version invalidates every earlier link of the invitation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from survey.rounds.errors import (
    ExpiredLinkError,
    RevokedLinkError,
    RoundClosedError,
    UnknownLinkError,
    UsedLinkError,
)
from survey.rounds.rater_place import RaterPlace, place_by_link_hash, place_of
from survey.storage.models import Invitation, RoundState
from survey.storage.queries import invitations as invitation_queries

# The purpose is part of the key: no token made for anything else is a rater's link.
_SALT = "survey.rater-link.v1"
# No link outlives this, whatever happens to its round's deadline.
LONGEST_LINK_LIFE = dt.timedelta(days=180)
_LONGEST_TOKEN = 200


class RaterLinks:
    """Makes and checks raters' tokens with the service's secret key."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=_SALT)

    def issue(self, invitation: Invitation, today: dt.date) -> None:
        """Give the invitation a new link; earlier ones stop working."""
        invitation.link_version += 1
        invitation.link_expires_on = today + LONGEST_LINK_LIFE
        invitation.link_hash = _hash(self.token(invitation))

    def token(self, invitation: Invitation) -> str:
        """The token of the invitation's current link."""
        if invitation.link_expires_on is None:
            raise ValueError("the invitation has no link yet")
        parts = [invitation.id.hex, invitation.link_version, invitation.link_expires_on.isoformat()]
        return str(self._serializer.dumps(parts))

    def find(self, session: Session, token: str, today: dt.date) -> Invitation:
        """The open invitation that a token belongs to. Nothing is consumed.

        Raises a LinkError that names why the link opens no form.
        """
        key, expiry = self._read(token)
        invitation = invitation_queries.by_link_hash(session, _hash(token))
        if invitation is None or invitation.id != key:
            raise UnknownLinkError
        _require_open(_require_valid(place_of(invitation), expiry, today))
        return invitation

    def place(
        self, connection: Connection, token: str, today: dt.date, *, hold_round: bool = False
    ) -> RaterPlace:
        """The same, as far as a rater's pages need it, in one statement.

        With `hold_round` the round cannot close while this transaction lasts.
        """
        return _require_open(self.any_place(connection, token, today, hold_round=hold_round))

    def any_place(
        self, connection: Connection, token: str, today: dt.date, *, hold_round: bool = False
    ) -> RaterPlace:
        """As `place`, but gives used invitations too: for the page after a submission."""
        key, expiry = self._read(token)
        place = place_by_link_hash(connection, _hash(token), hold_round=hold_round)
        if place is None or place.invitation_id != key:
            raise UnknownLinkError
        return _require_valid(place, expiry, today)

    def _read(self, token: str) -> tuple[uuid.UUID, dt.date]:
        """The invitation that a token names, and the day until which it does."""
        if len(token) > _LONGEST_TOKEN:
            raise UnknownLinkError
        try:
            invitation_id, _version, expires_on = self._serializer.loads(token)
            return uuid.UUID(hex=invitation_id), dt.date.fromisoformat(expires_on)
        except (BadData, ValueError, TypeError, AttributeError) as error:
            raise UnknownLinkError from error


def _require_valid(place: RaterPlace, expiry: dt.date, today: dt.date) -> RaterPlace:
    if place.revoked:
        raise RevokedLinkError
    if place.done:
        return place
    if expiry < today:
        raise ExpiredLinkError
    if place.state is not RoundState.OPEN or place.shown.deadline < today:
        raise RoundClosedError
    return place


def _require_open(place: RaterPlace) -> RaterPlace:
    if place.done:
        raise UsedLinkError
    return place


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
