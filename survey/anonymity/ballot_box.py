"""The ballot box: ballots are sealed while a round is open and opened together at its close.

Each round has its own key pair. A rater's browser never sees it; the web process seals to the
public key (libsodium sealed box: X25519, XSalsa20-Poly1305, an ephemeral sender key per ballot).
The private key is stored wrapped twice: by the round's opening key, which lies in the key database,
and by the server's master key, which is configuration and never in a database. So a copied database
shows no answer of an open round; and once the opening key is destroyed at close, a copy taken
earlier stays shut for everybody, also with the master key.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from survey.anonymity.ballot import Ballot, Decline, from_bytes
from survey.confidentiality.master_key import MasterKey
from survey.languages.message import Message

# All ballots of a questionnaire are padded to one length, a multiple of this many bytes.
_BLOCK = 4096


class SpoiltBallotError(ValueError):
    """A sealed ballot does not open with the round's key: it was damaged or replaced."""


# What wrapping adds: a nonce and an authenticator.
_WRAPPING = SecretBox.NONCE_SIZE + SecretBox.MACBYTES


@dataclass(frozen=True)
class RoundKeys:
    """A round's public key, and its private key wrapped by opening key and master key."""

    public_key: bytes
    wrapped_private_key: bytes

    @property
    def needs_opening_key(self) -> bool:
        """Whether the private key is wrapped twice; earlier versions used the master key alone."""
        return len(self.wrapped_private_key) > PrivateKey.SIZE + _WRAPPING


def create_round_keys(master_key: MasterKey, opening_key: bytes) -> RoundKeys:
    """A fresh key pair for one round."""
    private = PrivateKey.generate()
    return RoundKeys(bytes(private.public_key), _wrap(bytes(private), master_key, opening_key))


def with_opening_key(keys: RoundKeys, master_key: MasterKey, opening_key: bytes) -> RoundKeys:
    """The keys of a round that was launched by an earlier version, wrapped twice.

    Raises MasterKeyError.
    """
    private = master_key.unwrap(keys.wrapped_private_key)
    return RoundKeys(keys.public_key, _wrap(private, master_key, opening_key))


def ballot_room(items: Iterable[str], questions: Iterable[str]) -> int:
    """How many bytes every ballot of a questionnaire takes, whatever is in it.

    `items` and `questions` are the ids of all that any group is asked in any kind of round. Were
    there several lengths, a long comment in the report would name who had sent a long ballot.
    """
    longest = len(Ballot.longest(items, questions).to_bytes()) + 1
    return longest + -longest % _BLOCK


def seal(ballot: Ballot | Decline, public_key: bytes, room: int) -> bytes:
    """Seal one ballot or decline so that only the round's private key opens it.

    `room` is that of its questionnaire. Raises ValueError for a ballot that is longer.
    """
    return SealedBox(PublicKey(public_key)).encrypt(_pad(ballot.to_bytes(), room))


@dataclass(frozen=True)
class BoxContents:
    """What lay in a ballot box: answers in a random order, and how many declined in each group."""

    ballots: list[Ballot]
    declined: Mapping[str, int]


def open_and_shuffle(
    sealed: Iterable[bytes], keys: RoundKeys, master_key: MasterKey, opening_key: bytes | None
) -> BoxContents:
    """Open all ballots of a round, count the declines and put the answers in a random order.

    `opening_key` is None for keys that need none. Raises MasterKeyError or SpoiltBallotError; then
    no ballot is given out at all.
    """
    private = master_key.unwrap(keys.wrapped_private_key)
    try:
        if opening_key is not None:
            private = SecretBox(opening_key).decrypt(private)
        box = SealedBox(PrivateKey(private))
        found = [from_bytes(_unpad(box.decrypt(content))) for content in sealed]
    except CryptoError as error:
        raise SpoiltBallotError(
            Message("a sealed ballot does not open with the round's key")
        ) from error
    ballots = [one for one in found if isinstance(one, Ballot)]
    secrets.SystemRandom().shuffle(ballots)
    declined = Counter(one.group_key for one in found if isinstance(one, Decline))
    return BoxContents(ballots, declined)


def _wrap(private: bytes, master_key: MasterKey, opening_key: bytes) -> bytes:
    return master_key.wrap(bytes(SecretBox(opening_key).encrypt(private)))


def _pad(content: bytes, room: int) -> bytes:
    """ISO/IEC 7816-4 padding: a marker byte, then zeros up to the given length."""
    if len(content) >= room:
        raise ValueError(f"a ballot of {len(content)} bytes does not fit into {room}")
    return content + b"\x80" + bytes(room - len(content) - 1)


def _unpad(content: bytes) -> bytes:
    return content.rstrip(b"\x00")[:-1]
