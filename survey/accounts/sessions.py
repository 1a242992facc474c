"""Where a person is signed in: starting, finding, confirming and ending sessions.

A session lives on the server. The browser holds a random token, the database its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.storage.models import Person, SignInSession
from survey.storage.models.people import month_of
from survey.storage.queries import sign_in as sign_in_queries

LONGEST_SESSION = dt.timedelta(hours=12)
# After this long, sensitive pages ask again who is there.
RECENT = dt.timedelta(minutes=10)
_STEP_MINUTES = 5
# The first that fits: browsers name their ancestors too.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|Chromium|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)


@dataclass(frozen=True)
class SignedIn:
    """Somebody who is signed in, with the session and what it takes to know their roles."""

    person: Person
    session: SignInSession
    is_mentee: bool


def start_session(
    session: Session,
    person: Person,
    user_agent: str,
    now: dt.datetime,
    *,
    confirmed_at: dt.datetime | None,
) -> str:
    """Sign the person in and return the new session's token."""
    sign_in_queries.delete_ended_sessions(session, now)
    person.last_used_month = month_of(now.date())
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            person_id=person.id,
            token_hash=hash_of(token),
            browser=browser_family(user_agent),
            created_on=now.date(),
            last_seen_at=in_steps(now),
            ends_at=in_steps(now) + LONGEST_SESSION,
            confirmed_at=confirmed_at,
        )
    )
    session.flush()
    return token


def find_session(
    session: Session, token: str, now: dt.datetime, idle: dt.timedelta
) -> SignedIn | None:
    """Who the token belongs to; None when the session has ended or was idle for too long."""
    found = sign_in_queries.session_by_hash(session, hash_of(token))
    if found is None:
        return None
    row, is_mentee = found
    ended = row.revoked or row.ends_at <= now or now - row.last_seen_at >= idle
    if ended or row.person.deactivated_on is not None:
        return None
    return SignedIn(row.person, row, is_mentee)


def owner_of(session: Session, token: str) -> uuid.UUID | None:
    """Whose session it was that ran out; None for one that was ended, or of nobody."""
    found = sign_in_queries.session_by_hash(session, hash_of(token))
    if found is None or found[0].revoked or found[0].person.deactivated_on is not None:
        return None
    return found[0].person_id


def is_due(row: SignInSession, now: dt.datetime) -> bool:
    """Whether it is time to note that the session is in use."""
    return row.last_seen_at < in_steps(now)


def note_seen(session: Session, session_id: uuid.UUID, now: dt.datetime) -> None:
    """Note that the session is in use, in steps of some minutes."""
    sign_in_queries.set_last_seen(session, session_id, in_steps(now))


def is_recent(row: SignInSession, now: dt.datetime) -> bool:
    """Whether the person has shown within the last minutes that it is them."""
    return row.confirmed_at is not None and now - row.confirmed_at <= RECENT


def end_session(session: Session, token: str) -> None:
    """Sign out where this token is."""
    sign_in_queries.revoke_by_hash(session, hash_of(token))


def end_one_session(session: Session, person: Person, session_id: uuid.UUID) -> bool:
    """End one of the person's own sessions; tells whether there was such a one."""
    return sign_in_queries.revoke_one(session, person.id, session_id)


def end_other_sessions(session: Session, person: Person, kept: uuid.UUID) -> int:
    """End all of the person's sessions but this one; returns how many."""
    return sign_in_queries.revoke_sessions(session, person.id, but=kept)


def browser_family(user_agent: str) -> str:
    """A browser's family and nothing finer: a version or device would tell people apart."""
    for family, pattern in _BROWSERS:
        if re.search(pattern, user_agent):
            return family
    return "Another browser"


def in_steps(moment: dt.datetime) -> dt.datetime:
    """The last full step of some minutes."""
    return moment.replace(minute=moment.minute - moment.minute % _STEP_MINUTES).replace(
        second=0, microsecond=0
    )


def hash_of(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
