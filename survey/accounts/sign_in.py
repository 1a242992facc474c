"""Signing in by a one-time link that comes by e-mail."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from survey.accounts.errors import SignInError
from survey.accounts.people import find_person
from survey.languages.message import Message
from survey.storage.models import Letter, LetterKind, Person, SignInLink, SignInRequest
from survey.storage.queries import people as people_queries

_SALT = "survey.sign-in.v1"
LINK_LIFE = dt.timedelta(minutes=30)
# More waiting links than this are of no use to their owner, and would fill the mailbox of
# somebody whose address a stranger keeps typing in.
_MOST_WAITING_LINKS = 5


class SignInLinks:
    """Makes and checks sign-in tokens. A token can be made again from its row, so only its hash
    is stored."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=_SALT)

    def create(self, session: Session, person: Person, now: dt.datetime) -> SignInLink:
        """A new link for the person, good once and until it expires."""
        link = SignInLink(id=uuid.uuid4(), person_id=person.id, expires_at=now + LINK_LIFE)
        link.token_hash = _hash(self.token(link))
        session.add(link)
        session.flush()
        return link

    def token(self, link: SignInLink) -> str:
        """The token of a link."""
        return str(self._serializer.dumps(link.id.hex))

    def redeem(self, session: Session, token: str, now: dt.datetime) -> Person:
        """Use a link up and tell whose it is. Raises SignInError."""
        try:
            self._serializer.loads(token)
        except BadData as error:
            raise SignInError(Message("This is not a sign-in link of ours.")) from error
        link = people_queries.sign_in_link(session, _hash(token))
        if link is None or link.used or link.expires_at < now:
            raise SignInError(Message("This sign-in link has been used or has expired."))
        if link.person.deactivated_on is not None:
            raise SignInError(Message("This account is deactivated."))
        link.used = True
        return link.person


def request_sign_in(session: Session, email: str) -> None:
    """Note that somebody wants to sign in with this address.

    Nothing is looked up here: the caller's answer, and the time it takes, must not tell strangers
    who has an account.
    """
    # PostgreSQL stores no NUL; an address has none.
    session.add(SignInRequest(email=email.replace("\x00", "").strip()[:320]))


def answer_sign_in_requests(session: Session, links: SignInLinks, now: dt.datetime) -> int:
    """Send a link to each address asked for that is somebody's; returns how many were asked for."""
    people_queries.delete_stale_sign_in_links(session, now)
    requests = people_queries.claimed_sign_in_requests(session)
    for request in requests:
        person = find_person(session, request.email)
        if person is not None:
            send_link(session, links, person, now)
        session.delete(request)
    session.flush()
    return len(requests)


def send_link(session: Session, links: SignInLinks, person: Person, now: dt.datetime) -> None:
    """Send the person a link, unless they are deactivated or enough links wait already."""
    if person.deactivated_on is not None:
        return
    if people_queries.unused_sign_in_links(session, person.id, now) >= _MOST_WAITING_LINKS:
        return
    link = links.create(session, person, now)
    session.add(Letter(kind=LetterKind.SIGN_IN, sign_in_link_id=link.id, due_at=now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
