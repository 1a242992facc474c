"""The hashes that make the audit trail a chain.

Keyed BLAKE2b, not a plain hash: whoever can write to the database could otherwise change an entry
and simply compute all hashes after it anew. The key lies in the key database, wrapped by the
master key, and not in the database that it guards. It is a random key of its own, not derived from
the master key, so that a new master key leaves the chain whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid

HASH_SIZE = 32
# What the first entry names as the one before it.
BEGINNING = bytes(HASH_SIZE)
# The name of the key in the key database.
AUDIT_KEY = "audit trail"


def entry_hash(
    key: bytes,
    *,
    sequence: int,
    previous_hash: bytes,
    day: dt.date,
    actor_id: uuid.UUID | None,
    action: str,
    object_id: uuid.UUID | None,
) -> bytes:
    """The hash of an entry in its canonical form, which includes the hash of the one before it."""
    return _keyed(
        key,
        b"survey.audit.v1",
        [
            sequence,
            previous_hash.hex(),
            day.isoformat(),
            actor_id.hex if actor_id else None,
            action,
            object_id.hex if object_id else None,
        ],
    )


def checkpoint_signature(key: bytes, *, through: int, day: dt.date, last_hash: bytes) -> bytes:
    """What shows that a checkpoint was made by the service and not by hand in the database."""
    return _keyed(key, b"survey.checkpt.1", [through, day.isoformat(), last_hash.hex()])


def same(one: bytes, other: bytes) -> bool:
    """Whether two hashes are the same."""
    return hmac.compare_digest(one, other)


def _keyed(key: bytes, purpose: bytes, parts: list[object]) -> bytes:
    # JSON of a list of numbers, texts and nulls has one form: no two entries share theirs.
    canonical = json.dumps(parts, separators=(",", ":"), ensure_ascii=True).encode()
    return hashlib.blake2b(canonical, digest_size=HASH_SIZE, key=key, person=purpose).digest()
