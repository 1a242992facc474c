"""Answers of the API that are kept for a while, sealed with a key made from the caller's token.

The service keeps a hash of the token and never the token, so nobody but its holder can have such
an answer opened: not with the whole database, the key database and the master key.
"""

from __future__ import annotations

import hashlib

from survey.confidentiality.sealed_text import TextKey

_PURPOSE = b"kept API answer"


def seal_answer(token: str, place: str, body: str) -> bytes:
    """Seal the body of an answer for one place."""
    return _key(token).seal(body, place)


def open_answer(token: str, place: str, sealed: bytes) -> str:
    """Reverse `seal_answer`. Raises SealBrokenError."""
    return _key(token).open(sealed, place)


def _key(token: str) -> TextKey:
    return TextKey(hashlib.blake2b(token.encode(), digest_size=32, person=_PURPOSE).digest())
