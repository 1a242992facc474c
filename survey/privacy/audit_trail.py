"""The audit trail: who did what to which object, and when; never any content."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy.orm import Session

from survey.storage.models import AuditEntry, Person


class Action(StrEnum):
    """What is worth a record."""

    ROUND_LAUNCHED = "round.launched"
    ROUND_CLOSED = "round.closed"
    REPORT_RELEASED = "report.released"
    COMMENT_REDACTED = "comment.redacted"


def record(
    session: Session, actor: Person | None, action: Action, object_id: uuid.UUID, now: dt.datetime
) -> None:
    """Add an entry, in the transaction of the deed itself. No actor: the service did it."""
    session.add(
        AuditEntry(
            at=now,
            actor_id=actor.id if actor else None,
            action=action.value,
            object_id=object_id,
        )
    )
