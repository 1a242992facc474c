"""Texts of a mentorship, sealed with its key.

XChaCha20-Poly1305 (libsodium's AEAD): nobody without the key reads a text, changes it, or moves it
to another place, since the place is authenticated along with it. When the key is destroyed, the
texts are gone wherever copies of them lie.
"""

from __future__ import annotations

import secrets

from nacl.exceptions import CryptoError
from nacl.secret import Aead

# Texts are padded to a multiple of this many bytes: the length shall not tell "yes" from "no".
_BLOCK = 64
# The first byte of what is sealed; another way of sealing gets another number.
_VERSION = b"\x01"


class SealBrokenError(ValueError):
    """A sealed text does not open: other key, other place, or damaged."""


class TextKey:
    """The key of one mentorship's texts."""

    def __init__(self, raw: bytes) -> None:
        """Take the 32 bytes of the key."""
        self._box = Aead(raw)

    @staticmethod
    def generate() -> bytes:
        """The bytes of a new random key."""
        return secrets.token_bytes(Aead.KEY_SIZE)

    def seal(self, text: str, place: str) -> bytes:
        """Seal a text for one place, such as a table, column and row."""
        content = text.encode()
        padded = content + b"\x80" + bytes(-(len(content) + 1) % _BLOCK)
        return _VERSION + bytes(self._box.encrypt(padded, aad=place.encode()))

    def open(self, sealed: bytes, place: str) -> str:
        """Reverse `seal`. Raises SealBrokenError."""
        if sealed[:1] != _VERSION:
            raise SealBrokenError("a text was sealed in a way that this version does not know")
        try:
            padded = self._box.decrypt(sealed[1:], aad=place.encode())
        except CryptoError as error:
            raise SealBrokenError(f"the text at {place} does not open with its key") from error
        return padded.rstrip(b"\x00")[:-1].decode()
