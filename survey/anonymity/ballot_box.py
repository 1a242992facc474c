"""The ballot box: ballots are sealed while a round is open and opened together at its close.

Each round has its own key pair. A rater's browser never sees it; the web process seals to the
public key (libsodium sealed box: X25519, XSalsa20-Poly1305, an ephemeral sender key per ballot).
The private key is stored wrapped by the server's master key, which is configuration and never in
the database. So a copied database shows no answer of an open round; and once the private key is
destroyed at close, a copy taken earlier stays shut for whoever lacks the master key.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from survey.anonymity.ballot import Ballot
from survey.confidentiality.master_key import MasterKey

# Sealed ballots are padded to a multiple of this many bytes, so that their length does not tell
# a long comment from a short one. 4 KiB holds 30 ratings and a few paragraphs.
_BLOCK = 4096


class SpoiltBallotError(ValueError):
    """A sealed ballot does not open with the round's key: it was damaged or replaced."""


@dataclass(frozen=True)
class RoundKeys:
    """A round's public key, and its private key wrapped by the master key."""

    public_key: bytes
    wrapped_private_key: bytes


def create_round_keys(master_key: MasterKey) -> RoundKeys:
    """A fresh key pair for one round."""
    private = PrivateKey.generate()
    return RoundKeys(bytes(private.public_key), master_key.wrap(bytes(private)))


def seal(ballot: Ballot, public_key: bytes) -> bytes:
    """Seal one ballot so that only the round's private key opens it."""
    return SealedBox(PublicKey(public_key)).encrypt(_pad(ballot.to_bytes()))


def open_and_shuffle(
    sealed: Iterable[bytes], keys: RoundKeys, master_key: MasterKey
) -> list[Ballot]:
    """Open all ballots of a round and put them in a random order.

    Raises MasterKeyError or SpoiltBallotError; then no ballot is given out at all.
    """
    box = SealedBox(PrivateKey(master_key.unwrap(keys.wrapped_private_key)))
    try:
        ballots = [Ballot.from_bytes(_unpad(box.decrypt(content))) for content in sealed]
    except CryptoError as error:
        raise SpoiltBallotError("a sealed ballot does not open with the round's key") from error
    secrets.SystemRandom().shuffle(ballots)
    return ballots


def _pad(content: bytes) -> bytes:
    """ISO/IEC 7816-4 padding: a marker byte, then zeros up to the next block."""
    return content + b"\x80" + bytes(-(len(content) + 1) % _BLOCK)


def _unpad(content: bytes) -> bytes:
    return content.rstrip(b"\x00")[:-1]
