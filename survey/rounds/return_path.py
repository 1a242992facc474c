"""Where an undeliverable invitation comes back to: a return path that names it (VERP).

The letter's envelope sender is `bounces+TOKEN@our.domain`. The token is the invitation's random id
and a signature, so whoever reads it learns nothing, and nobody can make one up. It is written in
letters and digits of one case: mail servers may change the case of an address.

Only letters of invitation carry a token. What comes back from any other letter names nobody: that
a *reminder* came back would tell who had not answered.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid

from itsdangerous import Signer
from sqlalchemy.orm import Session

from survey.storage.models import Invitation

_SALT = "survey.return-path.v1"
_SIGNATURE_BYTES = 10


class ReturnPath:
    """Makes and reads return paths with the service's secret key."""

    def __init__(self, bounce_address: str, secret_key: str) -> None:
        """Without a bounce address no letter has a return path of its own."""
        self.bare = bounce_address or None
        self._local, _, self._domain = bounce_address.lower().partition("@")
        self._key = Signer(
            secret_key, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256
        ).derive_key()

    def of(self, invitation: Invitation) -> str | None:
        """The return path of an invitation's current letter."""
        if self.bare is None:
            return None
        token = base64.b32encode(invitation.id.bytes + self._signature(invitation))
        return f"{self._local}+{token.decode().rstrip('=').lower()}@{self._domain}"

    def leads_here(self, address: str) -> bool:
        """Whether an address is ours for bounces, with any token or none."""
        local, _, domain = address.lower().rpartition("@")
        if self.bare is None or domain != self._domain:
            return False
        return local == self._local or local.startswith(f"{self._local}+")

    def held_invitation(self, session: Session, address: str) -> Invitation | None:
        """The invitation whose current letter has this return path, held against changes.

        None for a forged one, and for that of an earlier letter, to another address perhaps.
        """
        if not self.leads_here(address):
            return None
        token = address.lower().rpartition("@")[0].partition("+")[2]
        try:
            content = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
            key = uuid.UUID(bytes=content[:16])
        except (ValueError, binascii.Error):
            return None
        invitation = session.get(Invitation, key, with_for_update=True, populate_existing=True)
        if invitation is None:
            return None
        if not hmac.compare_digest(content[16:], self._signature(invitation)):
            return None
        return invitation

    def _signature(self, invitation: Invitation) -> bytes:
        """Made with the link's version: every letter with a fresh link has its own."""
        what = invitation.id.bytes + invitation.link_version.to_bytes(4)
        return hmac.digest(self._key, what, "sha256")[:_SIGNATURE_BYTES]
