"""What is held about somebody as a rater: to look at, to take away, and to have erased.

Raters have no account. They show who they are by opening a letter that goes to their address. What
they answered is nowhere in it: nothing ties an answer to them, so nobody can look it up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from survey.anonymity.addresses import normalise_address
from survey.languages.message import Message
from survey.privacy.erasure import erase_invitation, erase_proposals
from survey.privacy.errors import PrivacyError
from survey.privacy.rater_marks import address_mark
from survey.storage.key_store import KeyStore
from survey.storage.models import Letter, LetterKind, RaterRequest, RoundState
from survey.storage.queries import erasure as erasure_queries
from survey.storage.queries import proposed_raters as proposal_queries
from survey.storage.queries import requests as request_queries

_SALT = "survey.rater-data.v1"
LINK_LIFE = dt.timedelta(hours=24)
_LONGEST_TOKEN = 1000


@dataclass(frozen=True)
class RaterRecord:
    """One round that somebody was invited to; nothing of whether and what they answered."""

    name: str
    email: str
    language: str
    mentee: str
    mentor: str
    group: str
    round: str
    round_state: str
    launched_on: dt.date | None
    deadline: dt.date


class RaterDataLinks:
    """Makes and checks the links of letters to raters who asked. Nothing of them is stored."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt=_SALT)

    def token(self, email: str) -> str:
        """A token for this address."""
        return str(self._serializer.dumps(normalise_address(email)))

    def address(self, token: str) -> str:
        """The normalised address that a token is for. Raises PrivacyError."""
        try:
            if len(token) > _LONGEST_TOKEN:
                raise BadData("too long")
            found = self._serializer.loads(token, max_age=int(LINK_LIFE.total_seconds()))
        except BadData as error:
            raise PrivacyError(
                Message("This link has expired, or is not one of ours. Ask for a new one.")
            ) from error
        return str(found)


def ask_as_rater(session: Session, email: str, today: dt.date) -> None:
    """Note that somebody asks. Nothing is looked up: strangers learn nothing from the answer."""
    session.add(RaterRequest(email=email.replace("\x00", "").strip()[:320], asked_on=today))


def answer_rater_requests(session: Session, now: dt.datetime) -> int:
    """Put a letter to each rater who asked into the outbox; returns how many requests waited.

    A request goes with its letter, or at once when nothing is held.
    """
    requests = request_queries.claimed_rater_requests(session)
    for request in requests:
        if held_about_rater(session, request.email):
            session.add(Letter(kind=LetterKind.RATER_DATA, rater_request_id=request.id, due_at=now))
        else:
            session.delete(request)
    session.flush()
    return len(requests)


def held_about_rater(session: Session, email: str) -> list[RaterRecord]:
    """What is held about an address, in whatever way it is written; nothing for nonsense."""
    try:
        normalised = normalise_address(email)
    except ValueError:
        return []
    found = []
    for invitation in erasure_queries.invitations_of(session, normalised):
        round_ = invitation.round
        # A draft is nothing that its raters know of, but what it holds about them is held.
        found.append(
            RaterRecord(
                name=invitation.name,
                email=invitation.email,
                language=invitation.language,
                mentee=round_.mentorship.mentee.name,
                mentor=round_.mentorship.mentor.name,
                group=round_.group(invitation.group_key).label,
                round=round_.kind.value,
                round_state="being prepared"
                if round_.state is RoundState.DRAFT
                else "open"
                if round_.state is RoundState.OPEN
                else "closed",
                launched_on=round_.launched_on,
                deadline=round_.deadline,
            )
        )
    for proposal in proposal_queries.with_mark(session, address_mark(session, normalised)):
        round_ = proposal.round
        groups = {group.key: group.label for group in round_.groups}
        found.append(
            RaterRecord(
                name=proposal.name,
                email=proposal.email,
                language=proposal.language or "",
                mentee=round_.mentorship.mentee.name,
                mentor=round_.mentorship.mentor.name,
                group=groups.get(proposal.group_key, ""),
                round=round_.kind.value,
                round_state="being prepared; the mentee proposed you",
                launched_on=None,
                deadline=round_.deadline,
            )
        )
    return found


def as_json(records: Sequence[RaterRecord]) -> list[dict[str, Any]]:
    """The records for a machine to read."""
    return [
        {
            key: value.isoformat() if isinstance(value, dt.date) else value
            for key, value in asdict(record).items()
        }
        for record in records
    ]


def erase_rater(session: Session, keys: KeyStore, email: str, today: dt.date) -> int:
    """Erase who a rater is, in all rounds; returns in how many. An answer stays, tied to nobody."""
    invitations = erasure_queries.invitations_of(session, normalise_address(email))
    for invitation in invitations:
        erase_invitation(session, keys, invitation, today)
    return len(invitations) + erase_proposals(session, keys, normalise_address(email), today)
