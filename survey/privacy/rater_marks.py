"""What is left of an erased rater while their round is open: a mark that nobody can read.

Without it a rater who had answered could be erased, invited anew, and counted twice. The mark is
the address under a key of the service; it tells one thing only, whether an address is the same, and
is dropped when the round closes.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from survey.storage.models import Invitation
from survey.storage.sealed_columns import service_key

_KEY = "rater marks"
_SIGN = "erased:"
_PROPOSED_KEY = "marks of proposed raters"


def mark_of(session: Session, round_id: uuid.UUID, normalised_email: str) -> str:
    """The mark of an address in one round."""
    digest = hashlib.blake2b(
        round_id.bytes + normalised_email.encode(),
        digest_size=24,
        key=service_key(session, _KEY),
        person=b"survey.rater.1",
    )
    return _SIGN + digest.hexdigest()


def address_mark(session: Session, normalised_email: str) -> str:
    """The mark of the address of somebody who is proposed, alike in all rounds.

    So that what is held about them can be found for them, and be erased.
    """
    return hashlib.blake2b(
        normalised_email.encode(),
        digest_size=24,
        key=service_key(session, _PROPOSED_KEY),
        person=b"survey.rater.2",
    ).hexdigest()


def erased_among(
    session: Session | None,
    round_id: uuid.UUID,
    invitations: Iterable[Invitation],
    normalised_emails: Iterable[str],
) -> list[str]:
    """Those of the addresses whose invitation in the round was erased."""
    marks = {i.normalised_email for i in invitations if i.normalised_email.startswith(_SIGN)}
    if not marks or session is None:
        return []
    return [email for email in normalised_emails if mark_of(session, round_id, email) in marks]
