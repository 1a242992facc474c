"""The server's master key: it wraps all other keys, and is never in a database."""

from __future__ import annotations

import base64
import binascii
import secrets

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from survey.languages.message import Message


class MasterKeyError(ValueError):
    """The master key is missing, malformed, or not the one that a key was wrapped with."""


class MasterKey:
    """The server's key that wraps the private key of every round and the key of every mentorship.

    While keys are being rotated there are several: the first wraps, all of them unwrap.
    """

    def __init__(self, encoded: str) -> None:
        """Take keys of 32 bytes in base64, separated by white space, the newest first.

        Raises MasterKeyError with advice.
        """
        self._boxes = [_box(key) for key in encoded.split()]
        if not self._boxes:
            raise MasterKeyError("MASTER_KEY is empty")

    @staticmethod
    def generate() -> str:
        """A new random key, in base64."""
        return base64.b64encode(secrets.token_bytes(SecretBox.KEY_SIZE)).decode()

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate a secret with the newest key."""
        return bytes(self._boxes[0].encrypt(secret))

    def unwrap(self, wrapped: bytes) -> bytes:
        """Reverse `wrap`. Raises MasterKeyError when none of the keys wrapped it."""
        for box in self._boxes:
            try:
                return box.decrypt(wrapped)
            except CryptoError:
                continue
        raise MasterKeyError(Message("MASTER_KEY is not the key that this was protected with"))

    def rewrap(self, wrapped: bytes) -> bytes:
        """The same secret, wrapped with the newest key. Raises MasterKeyError."""
        return self.wrap(self.unwrap(wrapped))


def _box(encoded: str) -> SecretBox:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MasterKeyError("MASTER_KEY is not base64") from error
    if len(raw) != SecretBox.KEY_SIZE:
        raise MasterKeyError(f"MASTER_KEY holds {len(raw)} bytes, but needs {SecretBox.KEY_SIZE}")
    return SecretBox(raw)
