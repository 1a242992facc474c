"""Signatures after Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), symmetric scheme.

Signed is `id.timestamp.body` with HMAC-SHA256; the timestamp is that of the attempt, in whole
seconds since 1970, so that a receiver can refuse what somebody else sends again later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

# So that receivers and programs that look for leaked secrets know one.
_PREFIX = "whsec_"
# The specification asks for 24 to 64.
_SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as its owner sees it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`. Raises ValueError for a secret that is none."""
    key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    signed = b".".join([message_id.encode("ascii"), str(timestamp).encode("ascii"), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers that a receiver checks."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
