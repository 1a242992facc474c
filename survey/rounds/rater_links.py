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
from sqlalchemy.orm import Session

from survey.rounds.errors import (
    ExpiredLinkError,
    RevokedLinkError,
    RoundClosedError,
    UnknownLinkError,
    UsedLinkError,
)
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
        invitation = self.find_any(session, token, today)
        if invitation.done:
            raise UsedLinkError
        return invitation

    def find_any(self, session: Session, token: str, today: dt.date) -> Invitation:
        """As `find`, but gives used invitations too: for the page after a submission."""
        if len(token) > _LONGEST_TOKEN:
            raise UnknownLinkError
        try:
            invitation_id, _version, expires_on = self._serializer.loads(token)
            expiry = dt.date.fromisoformat(expires_on)
            key = uuid.UUID(hex=invitation_id)
        except (BadData, ValueError, TypeError, AttributeError) as error:
            raise UnknownLinkError from error
        invitation = invitation_queries.by_link_hash(session, _hash(token))
        if invitation is None or invitation.id != key:
            raise UnknownLinkError
        if invitation.revoked:
            raise RevokedLinkError
        if invitation.done:
            return invitation
        if expiry < today:
            raise ExpiredLinkError
        if invitation.round.state is not RoundState.OPEN or invitation.round.deadline < today:
            raise RoundClosedError
        return invitation


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
