"""Taking a third person's name out of a comment before the report is released.

Comments are shown word for word, so a mentor must not be able to shape them: only a few words can
be taken out, never a whole comment; the place stays visibly marked; the deed goes to the audit
trail; and after release nothing changes any more.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.anonymity.redaction import LONGEST_REDACTION, can_redact
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.rounds.draft import require_state
from survey.rounds.errors import RoundError
from survey.storage.models import CommentRedaction, Person, Round, RoundState
from survey.storage.queries import rounds as round_queries


def redact_comment(
    session: Session,
    round_: Round,
    mentor: Person,
    *,
    question_id: str,
    group_key: str | None,
    position: int,
    words: str,
    now: dt.datetime,
) -> None:
    """Take `words` out of one comment. Raises RoundError with what to do."""
    # Held, so that a redaction begun before the release cannot come after it.
    round_ = round_queries.locked(session, round_.id)
    require_state(
        round_, RoundState.CLOSED, Message("Names are taken out between close and release.")
    )
    words = words.strip()
    text = _comment(session, round_, question_id, group_key, position)
    if not can_redact(text, words):
        raise RoundError(
            Message(
                "Enter the words exactly as they stand in the comment: a name or the like, at most "
                "%(most)s characters and less than half of the comment.",
                most=LONGEST_REDACTION,
            )
        )
    session.add(
        CommentRedaction(
            round_id=round_.id,
            question_id=question_id,
            group_key=group_key or "",
            position=position,
            words=words,
        )
    )
    record(session, mentor, Action.COMMENT_REDACTED, round_.id, now)
    session.flush()


def _comment(
    session: Session, round_: Round, question_id: str, group_key: str | None, position: int
) -> str:
    stored = round_queries.aggregate(session, round_.id)
    if stored is not None:
        for group in ReleasedAggregate.from_json(stored.document).comments:
            if (group.question, group.group) == (question_id, group_key) and 0 <= position < len(
                group.texts
            ):
                return group.texts[position]
    raise RoundError(Message("That comment does not exist."))
