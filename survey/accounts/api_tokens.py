"""Personal tokens: what a program shows to act for a person, within what they let it do.

A token is shown once, when it is made. The database keeps its hash, by which it is looked up: the
token itself is compared with nothing, so how long that takes tells nothing about it.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.sessions import hash_of
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.storage.models import ApiToken, Person
from survey.storage.models.people import month_of
from survey.storage.queries import api as api_queries

LONGEST_LABEL = 60
MOST_TOKENS = 20
# How long a token may live, in days.
LIVES = (30, 90, 365)
# So that programs that look for leaked secrets know one of ours.
PREFIX = "mfs_"


class Scope(StrEnum):
    """What a token lets a program do, at most: never more than the person themselves may."""

    MENTEES_READ = "mentees:read"
    MENTEES_WRITE = "mentees:write"
    GOALS_READ = "goals:read"
    GOALS_WRITE = "goals:write"
    FRAMEWORKS_READ = "frameworks:read"
    FRAMEWORKS_WRITE = "frameworks:write"
    ROUNDS_READ = "rounds:read"
    ROUNDS_WRITE = "rounds:write"
    REPORTS_READ = "reports:read"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


@dataclass(frozen=True)
class TokenUse:
    """Whose token was shown, and what it takes to know their roles."""

    person: Person
    token: ApiToken
    is_mentee: bool

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the token is for."""
        return scopes_of(self.token)


def scopes_of(token: ApiToken) -> frozenset[Scope]:
    """What a token is for; a scope that only another version knows counts for nothing."""
    known = set(Scope)
    return frozenset(Scope(word) for word in token.scopes.split() if word in known)


def make_token(
    session: Session,
    person: Person,
    label: str,
    scopes: Collection[Scope],
    days: int,
    now: dt.datetime,
) -> str:
    """Make a token that works for so many days, and return it; nobody can be shown it again.

    Raises AccountError naming the field.
    """
    label = " ".join(label.replace("\x00", "").split())
    if not label or not label.isprintable() or len(label) > LONGEST_LABEL:
        raise AccountError(
            Message(
                "Enter a name for the token, at most %(most)s letters.",
                most=LONGEST_LABEL,
                at="Name",
            )
        )
    if not scopes:
        raise AccountError(Message("Choose at least one thing that the token is for.", at="Scopes"))
    if days not in LIVES:
        raise AccountError(
            Message("Choose one of %(list)s days.", list=", ".join(map(str, LIVES)), at="Expiry")
        )
    if api_queries.count_of(session, person.id) >= MOST_TOKENS:
        raise AccountError(
            Message("You have %(most)s tokens. Revoke one that you do not use.", most=MOST_TOKENS)
        )
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            person_id=person.id,
            token_hash=hash_of(token),
            label=label,
            scopes=" ".join(scope for scope in Scope if scope in scopes),
            created_on=now.date(),
            expires_on=now.date() + dt.timedelta(days=days),
        )
    )
    session.flush()
    record(session, person, Action.API_TOKEN_MADE, person.id, now)
    return token


def find_token(session: Session, token: str, today: dt.date) -> TokenUse | None:
    """Whose the token is; None when it has expired, or its person is deactivated or restricted."""
    found = api_queries.token_by_hash(session, hash_of(token))
    if found is None:
        return None
    row, is_mentee = found
    person = row.person
    barred = person.deactivated_on is not None or person.restricted_on is not None
    if barred or row.expires_on < today:
        return None
    return TokenUse(person, row, is_mentee)


def note_used(session: Session, use: TokenUse, today: dt.date) -> None:
    """Note the day of the last use, and that the account is in use."""
    api_queries.set_last_used(session, use.token.id, today)
    session.get_one(Person, use.person.id).last_used_month = month_of(today)


def tokens_of(session: Session, person: Person) -> Sequence[ApiToken]:
    """The person's tokens, the newest first, expired ones too."""
    return api_queries.tokens_of(session, person.id)


def revoke_token(session: Session, person: Person, token_id: uuid.UUID, now: dt.datetime) -> bool:
    """End one of the person's own tokens at once; tells whether there was such a one."""
    there = api_queries.delete_token(session, person.id, token_id)
    if there:
        record(session, person, Action.API_TOKEN_REVOKED, person.id, now)
    return there
