"""Requests that a program may send again: what was answered is kept for a day, and nothing is done
twice (the header Idempotency-Key).

The place for an answer is taken in a transaction of its own before anything is done, so that the
same request at the same time finds it taken. The answer is then written in the transaction of the
deed: it is kept exactly when the deed was done. What was refused changed nothing and may be sent
again. When a request was made is kept in steps of some minutes alone, as of sessions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import TokenUse
from survey.accounts.sessions import in_steps
from survey.api.problems import ProblemError
from survey.confidentiality.kept_answer import open_answer, seal_answer
from survey.storage.database import Database
from survey.storage.models import ApiAnswer
from survey.storage.queries import api as api_queries

LONGEST_KEY = 255
KEPT = dt.timedelta(hours=24)
# No request takes so long: who took the place is dead, and its transaction never ended well.
_LOST = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it was given."""

    status: int
    body: str
    location: str | None


@dataclass(frozen=True)
class Place:
    """Where the answer to this request will lie."""

    answer_id: uuid.UUID
    attempt: uuid.UUID
    token: str

    def keep(self, session: Session, answer: KeptAnswer) -> None:
        """Keep the answer, in the transaction of the deed. Raises ProblemError if it was taken."""
        text = json.dumps({"body": answer.body, "location": answer.location})
        sealed = seal_answer(self.token, str(self.answer_id), text)
        if not api_queries.finish_answer(
            session, self.answer_id, self.attempt, answer.status, sealed
        ):
            raise _in_progress()

    def give_up(self, database: Database) -> None:
        """Free the place: nothing was done."""
        with database.writing() as session:
            api_queries.give_up_answer(session, self.answer_id, self.attempt)


def checked_key(key: str) -> str:
    """A key that can be used. Raises ProblemError."""
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise ProblemError(
            422,
            "invalid-request",
            f"Idempotency-Key: use 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID.",
        )
    return key


def request_hash(method: str, path: str, body: bytes) -> str:
    """What tells one request from another."""
    return hashlib.sha256(b"\x00".join([method.encode(), path.encode(), body])).hexdigest()


def take_place(
    database: Database, use: TokenUse, token: str, key: str, asked: str, now: dt.datetime
) -> Place | KeptAnswer:
    """Take the place for the answer to this request, or find what was answered before.

    Raises ProblemError when the same request is being worked on, or the key is another's.
    """
    try:
        with database.writing() as session:
            api_queries.delete_answers_before(session, now - KEPT)
            return _taken(session, use, token, key, asked, now)
    except IntegrityError as error:
        # Somebody else was faster by a moment.
        raise _in_progress() from error


def _taken(
    session: Session, use: TokenUse, token: str, key: str, asked: str, now: dt.datetime
) -> Place | KeptAnswer:
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    there = api_queries.kept_answer(session, use.token.id, key_hash)
    if there is None:
        place = Place(uuid.uuid4(), uuid.uuid4(), token)
        session.add(
            ApiAnswer(
                id=place.answer_id,
                token_id=use.token.id,
                key_hash=key_hash,
                request_hash=asked,
                attempt=place.attempt,
                begun_at=in_steps(now),
            )
        )
        session.flush()
        return place
    if there.request_hash != asked:
        raise ProblemError(
            422, "key-reused", "This Idempotency-Key was used for another request. Use a new one."
        )
    if there.status is not None and there.sealed is not None:
        kept = json.loads(open_answer(token, str(there.id), there.sealed))
        return KeptAnswer(there.status, kept["body"], kept["location"])
    if now - there.begun_at < _LOST:
        raise _in_progress()
    there.attempt, there.begun_at = uuid.uuid4(), in_steps(now)
    session.flush()
    return Place(there.id, there.attempt, token)


def _in_progress() -> ProblemError:
    return ProblemError(
        409,
        "still-in-progress",
        "The same request is being worked on. Ask again in a moment.",
        headers={"Retry-After": "1"},
    )
