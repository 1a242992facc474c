"""The audit trail: who did what to which object, and on which day; never any content.

Entries are chained (survey/confidentiality/audit_chain.py). What a transaction did is written at
its end, all at once: the lock that keeps the chain in one piece is then the last that is taken,
so that nobody waits for it who holds what somebody else needs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from survey.confidentiality.audit_chain import AUDIT_KEY, BEGINNING, entry_hash
from survey.storage.models import AuditEntry, Person
from survey.storage.queries import audit as audit_queries
from survey.storage.sealed_columns import service_key

_DEEDS = "survey_deeds"


class Action(StrEnum):
    """What is worth a record."""

    MENTORSHIP_STARTED = "mentorship.started"
    MENTORSHIP_ENDED = "mentorship.ended"
    SESSION_RECORD_DELETED = "session_record.deleted"
    REFLECTION_DELETED = "self_reflection.deleted"
    LOG_ENTRY_DELETED = "log_entry.deleted"
    FRAMEWORK_UPLOADED = "framework.uploaded"
    FRAMEWORK_DELETED = "framework.deleted"
    DRAFT_DISCARDED = "round.discarded"
    PROPOSALS_ASKED = "round.proposals_asked"
    ROUND_LAUNCHED = "round.launched"
    NEW_VERSION_COMPARED = "round.new_version_compared"
    DEADLINE_MOVED = "round.deadline_moved"
    REMINDERS_SENT = "round.reminders_sent"
    ROUND_CLOSED = "round.closed"
    ROUND_CLOSED_WITHOUT_RESULT = "round.closed_without_result"
    ROUND_DELETED_AGAIN = "round.deleted_again"
    REPORT_RELEASED = "report.released"
    COMMENTS_READ = "comments.read_for_redaction"
    COMMENT_REDACTED = "comment.redacted"
    PERSON_ADDED = "person.added"
    ROLES_CHANGED = "person.roles_changed"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_ACTIVATED = "person.activated"
    SIGN_IN_LINK_SENT = "sign_in_link.sent"
    SIGN_INS_REVOKED = "sign_ins.revoked"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    API_TOKEN_MADE = "api_token.made"  # noqa: S105
    API_TOKEN_REVOKED = "api_token.revoked"  # noqa: S105
    WEBHOOK_REGISTERED = "webhook.registered"
    WEBHOOK_REVOKED = "webhook.revoked"
    IDENTITY_BOUND = "identity.bound"
    REPORT_READ = "report.read"
    REPORT_EXPORTED = "report.exported"
    PERSON_RECTIFIED = "person.rectified"
    PROCESSING_RESTRICTED = "person.processing_restricted"
    RESTRICTION_LIFTED = "person.restriction_lifted"
    OBJECTION_NOTED = "person.objection_noted"
    REQUEST_DONE = "privacy_request.done"
    REQUEST_REFUSED = "privacy_request.refused"
    PERSON_ERASED = "person.erased"
    PERSON_EXPORTED = "person.exported"
    MENTORSHIP_ERASED = "mentorship.erased"
    RATER_REQUEST_SERVED = "rater_request.served"
    AUDIT_ENTRIES_DISPOSED = "audit_entries.disposed"
    MASTER_KEY_ROTATED = "master_key.rotated"
    BACKUP_MADE = "backup.made"
    KEYS_BACKED_UP = "keys.backed_up"
    BACKUP_RESTORED = "backup.restored"


@dataclass(frozen=True)
class _Deed:
    day: dt.date
    actor_id: uuid.UUID | None
    action: str
    object_id: uuid.UUID | None


def record(
    session: Session,
    actor: Person | None,
    action: Action | str,
    object_id: uuid.UUID | None,
    now: dt.datetime,
) -> None:
    """Add an entry, in the transaction of the deed itself. No actor: the service did it.

    `action` is a text where a deed has no name of its own, such as "responses.disposed".
    """
    deed = _Deed(now.date(), actor.id if actor else None, str(action), object_id)
    session.info.setdefault(_DEEDS, []).append(deed)


def record_once_a_day(
    session: Session,
    actor: Person,
    action: Action,
    object_id: uuid.UUID,
    now: dt.datetime,
) -> None:
    """The same for what may be repeated, such as reading: the first time of the day counts."""
    if not audit_queries.is_recorded(session, now.date(), actor.id, action.value, object_id):
        record(session, actor, action, object_id, now)


@event.listens_for(Session, "before_commit")
def _append_deeds(session: Session) -> None:
    deeds: list[_Deed] = session.info.pop(_DEEDS, [])
    if not deeds:
        return
    key = service_key(session, AUDIT_KEY)
    audit_queries.serialise(session)
    sequence, previous = audit_queries.tail(session) or (0, BEGINNING)
    for deed in deeds:
        sequence += 1
        values: dict[str, Any] = {
            "sequence": sequence,
            "previous_hash": previous,
            "day": deed.day,
            "actor_id": deed.actor_id,
            "action": deed.action,
            "object_id": deed.object_id,
        }
        previous = entry_hash(key, **values)
        session.add(AuditEntry(**values, entry_hash=previous))
    session.flush()


@event.listens_for(Session, "after_soft_rollback")
def _forget_deeds(session: Session, _transaction: object) -> None:
    session.info.pop(_DEEDS, None)
