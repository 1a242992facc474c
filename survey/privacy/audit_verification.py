"""Checking the audit trail, and disposing of its oldest part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.confidentiality.audit_chain import (
    AUDIT_KEY,
    BEGINNING,
    checkpoint_signature,
    entry_hash,
    same,
)
from survey.privacy.audit_anchors import Anchor
from survey.privacy.audit_trail import Action, record
from survey.storage.models import AuditCheckpoint, AuditEntry
from survey.storage.queries import audit as audit_queries
from survey.storage.sealed_columns import service_key


@dataclass(frozen=True)
class Break:
    """The first place where the trail is not what it was; `sequence` is the entry's number."""

    sequence: int
    problem: str


@dataclass(frozen=True)
class Verification:
    """What checking found: how many entries are kept, how far the trail goes, what is broken."""

    kept: int
    disposed_through: int
    end: Anchor | None
    first_break: Break | None


def verify_trail(session: Session, anchors: Sequence[Anchor], today: dt.date) -> Verification:
    """Check every entry, checkpoint and anchor."""
    key = service_key(session, AUDIT_KEY)
    sequence, previous, found = _checkpoints(session, key)
    disposed_through = sequence
    known = {anchor.sequence: anchor for anchor in anchors}
    kept = 0
    for entry in audit_queries.entries(session):
        problem = _problem(entry, sequence + 1, previous, key)
        anchor = known.get(entry.sequence)
        if problem is None and anchor and not same(anchor.entry_hash, entry.entry_hash):
            problem = f"it is not the entry that stood here on {anchor.day}"
        if problem is not None:
            found = found or Break(min(entry.sequence, sequence + 1), problem)
            break
        kept += 1
        sequence, previous = entry.sequence, entry.entry_hash
    if found is None:
        found = _cut_off(anchors, sequence)
    end = Anchor(sequence, previous, today) if sequence else None
    return Verification(kept, disposed_through, None if found else end, found)


def current_anchor(session: Session, today: dt.date) -> Anchor | None:
    """The trail's end as it is now; None before the first entry."""
    found = audit_queries.tail(session)
    return Anchor(*found, today) if found else None


def dispose_of_entries(session: Session, through: int, now: dt.datetime) -> int:
    """Delete the entries up to this number, and leave a signed checkpoint in their place."""
    audit_queries.serialise(session)
    last = audit_queries.entry(session, through)
    if last is None:
        return 0
    last_hash, today = last.entry_hash, now.date()
    session.add(
        AuditCheckpoint(
            through=through,
            day=today,
            entry_hash=last_hash,
            signature=checkpoint_signature(
                service_key(session, AUDIT_KEY), through=through, day=today, last_hash=last_hash
            ),
        )
    )
    session.flush()
    count = audit_queries.delete_through(session, through)
    record(session, None, Action.AUDIT_ENTRIES_DISPOSED, None, now)
    return count


def _checkpoints(session: Session, key: bytes) -> tuple[int, bytes, Break | None]:
    """Where the kept entries have to begin, and what is wrong with the checkpoints."""
    through, last_hash = 0, BEGINNING
    for checkpoint in audit_queries.checkpoints(session):
        through, last_hash = checkpoint.through, checkpoint.entry_hash
        signature = checkpoint_signature(
            key, through=through, day=checkpoint.day, last_hash=last_hash
        )
        if not same(signature, checkpoint.signature):
            problem = "the checkpoint that stands for it and those before was not made by us"
            return through, last_hash, Break(through, problem)
    return through, last_hash, None


def _problem(entry: AuditEntry, expected: int, previous: bytes, key: bytes) -> str | None:
    if entry.sequence > expected:
        return "it was removed"
    if entry.sequence < expected:
        return "it was put in, or not removed with those that a checkpoint stands for"
    if not same(entry.previous_hash, previous):
        return "it does not follow on the one before it: changed, or put in, or one was removed"
    actual = entry_hash(
        key,
        sequence=entry.sequence,
        previous_hash=entry.previous_hash,
        day=entry.day,
        actor_id=entry.actor_id,
        action=entry.action,
        object_id=entry.object_id,
    )
    return None if same(actual, entry.entry_hash) else "it was changed, or put in"


def _cut_off(anchors: Sequence[Anchor], end: int) -> Break | None:
    beyond = [anchor for anchor in anchors if anchor.sequence > end]
    if not beyond:
        return None
    furthest = max(beyond, key=lambda anchor: anchor.sequence)
    return Break(
        end + 1,
        f"the end was cut off: on {furthest.day} there were {furthest.sequence} entries",
    )
