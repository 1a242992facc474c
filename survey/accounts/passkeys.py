"""Passkeys: registering one, and signing in with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError, SignInError
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.storage.models import Passkey, PasskeyChallenge, Person
from survey.storage.queries import sign_in as sign_in_queries

# The library is loaded with the first passkey: many web processes never see one.
if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

LONGEST_LABEL = 60
MOST_PASSKEYS = 10
CHALLENGE_LIFE = dt.timedelta(minutes=5)
_REFUSED = "That passkey does not sign anybody in here. Try another one, or ask for a link."


@dataclass(frozen=True)
class RelyingParty:
    """Who asks for the passkey: browsers give it to this origin alone."""

    name: str
    origin: str

    @classmethod
    def at(cls, base_url: str, name: str) -> RelyingParty:
        """The service at this address."""
        parts = urlsplit(base_url)
        return cls(name, f"{parts.scheme}://{parts.netloc}")

    @property
    def id(self) -> str:
        """The domain that passkeys belong to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def is_possible(self) -> bool:
        """Whether browsers make passkeys for it: not for numbers, and not without encryption."""
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return self.origin.startswith("https://") or self.id == "localhost"
        return False


def registration_options(
    session: Session, party: RelyingParty, person: Person, now: dt.datetime
) -> tuple[str, bytes]:
    """What the browser needs to make a passkey, as JSON, and the challenge in it.

    Raises AccountError when the person has enough passkeys.
    """
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    known = sign_in_queries.passkeys_of(session, person.id)
    if len(known) >= MOST_PASSKEYS:
        raise AccountError(
            Message(
                "You have %(most)s passkeys. Remove one that you do not use.", most=MOST_PASSKEYS
            )
        )
    challenge = _new_challenge(session, now)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        exclude_credentials=_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return webauthn.options_to_json(options), challenge


def add_passkey(
    session: Session,
    party: RelyingParty,
    person: Person,
    label: str,
    credential: object,
    challenge: bytes,
    now: dt.datetime,
) -> Passkey:
    """Keep the passkey that a browser has made. Raises AccountError."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    label = " ".join(label.replace("\x00", "").split())
    if not label or not label.isprintable() or len(label) > LONGEST_LABEL:
        raise AccountError(
            Message(
                "Enter a name for the passkey, at most %(most)s letters.",
                most=LONGEST_LABEL,
                at="Name",
            )
        )
    if not sign_in_queries.take_challenge(session, _hash(challenge), now):
        raise AccountError(Message("That took too long. Please try again."))
    try:
        verified = webauthn.verify_registration_response(
            credential=credential if isinstance(credential, dict) else {},
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise AccountError(Message("That passkey cannot be used here.")) from error
    if sign_in_queries.passkey_by_credential(session, verified.credential_id) is not None:
        raise AccountError(Message("That passkey is registered already."))
    passkey = Passkey(
        person_id=person.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        label=label,
        created_on=now.date(),
    )
    session.add(passkey)
    session.flush()
    record(session, person, Action.PASSKEY_ADDED, person.id, now)
    return passkey


def sign_in_options(
    session: Session, party: RelyingParty, now: dt.datetime, person: Person | None = None
) -> tuple[str, bytes]:
    """What the browser needs to ask for a passkey, as JSON, and the challenge in it.

    For a person who is known, only their own will do; otherwise the passkey tells who it is.
    """
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    challenge = _new_challenge(session, now)
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=(
            _descriptors(sign_in_queries.passkeys_of(session, person.id)) if person else None
        ),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options), challenge


def person_with_passkey(
    session: Session,
    party: RelyingParty,
    credential: object,
    challenge: bytes,
    now: dt.datetime,
) -> Person:
    """Who has signed the challenge. Raises SignInError."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    if not sign_in_queries.take_challenge(session, _hash(challenge), now):
        raise SignInError(Message("That took too long. Please try again."))
    given = credential if isinstance(credential, dict) else {}
    try:
        passkey = sign_in_queries.passkey_by_credential(
            session, base64url_to_bytes(str(given.get("id", "")))
        )
        if passkey is None or passkey.person.deactivated_on is not None:
            raise SignInError(_REFUSED)
        verified = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise SignInError(_REFUSED) from error
    passkey.sign_count = verified.new_sign_count
    return passkey.person


def remove_passkey(session: Session, person: Person, passkey_id: uuid.UUID) -> bool:
    """Forget one of the person's own passkeys; tells whether there was such a one."""
    return sign_in_queries.delete_passkey(session, person.id, passkey_id)


def _new_challenge(session: Session, now: dt.datetime) -> bytes:
    from webauthn.helpers import generate_challenge

    sign_in_queries.delete_expired_challenges(session, now)
    challenge = generate_challenge()
    session.add(PasskeyChallenge(challenge_hash=_hash(challenge), expires_at=now + CHALLENGE_LIFE))
    return challenge


def _descriptors(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
