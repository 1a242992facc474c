"""What raters said: sealed while a round is open, opened and shuffled at its close.

No column here leads to an invitation, a person, an address or a time, and no row's place tells
when it came: keys are random, and on SQLite the tables are clustered on them (WITHOUT ROWID).
"""

from __future__ import annotations

import secrets
import uuid

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey
from survey.storage.models.rounds import mentorship_of_round
from survey.storage.sealed_columns import SealedText


def random_ballot_key() -> bytes:
    """128 random bits from the operating system."""
    return secrets.token_bytes(16)


_CLUSTERED_ON_RANDOM_KEY = {"sqlite_with_rowid": False}


class SealedBallot(Base):
    """One submitted form, readable only with the round's private key.

    The rater group is inside the sealed text, and its length is padded, so that an open round's
    rows are all alike.
    """

    __tablename__ = "sealed_ballots"
    __table_args__ = _CLUSTERED_ON_RANDOM_KEY

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_ballot_key)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Response(Base):
    """The ratings of one submitted form after the round's close (JSON: item id -> rating).

    `ratings_then` has those that look back, where the round asked for them.
    """

    __tablename__ = "responses"
    __table_args__ = _CLUSTERED_ON_RANDOM_KEY

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_ballot_key)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    group_key: Mapped[str] = mapped_column(String(32))
    ratings: Mapped[str] = mapped_column(Text)
    ratings_then: Mapped[str | None] = mapped_column(Text)


class Comment(Base):
    """One comment after the round's close.

    Kept apart from the ratings it came with: whoever recognises a writing style learns nothing
    about that rater's ratings, nor about the other comments.
    """

    __tablename__ = "comments"
    __table_args__ = _CLUSTERED_ON_RANDOM_KEY

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True, default=random_ballot_key)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    group_key: Mapped[str] = mapped_column(String(32))
    question_id: Mapped[str] = mapped_column(String(80))
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = SealedText("text_sealed")

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the comment."""
        return mentorship_of_round(self)

    @property
    def sealed_row(self) -> str:
        """The comment's place among the sealed texts."""
        if self.key is None:
            self.key = random_ballot_key()
        return self.key.hex()


class StoredAggregate(Base):
    """The suppressed aggregate of a closed round: the only source of every report and export."""

    __tablename__ = "released_aggregates"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    document = SealedText("document_sealed")
    fingerprint: Mapped[str] = mapped_column(String(64))

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the document, comments and all."""
        return mentorship_of_round(self)

    @property
    def sealed_row(self) -> str:
        """The document's place among the sealed texts: one per round."""
        return str(self.round_id)


class CommentRedaction(RandomKey, Base):
    """Words that the mentor took out of a comment before release; the place stays marked.

    `group_key` is empty for comments of all anonymous raters together. `position` counts within
    the comments to one question, in the order of the released aggregate.
    """

    __tablename__ = "comment_redactions"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    question_id: Mapped[str] = mapped_column(String(80))
    group_key: Mapped[str] = mapped_column(String(32))
    position: Mapped[int]
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = SealedText("words_sealed")

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the words."""
        return mentorship_of_round(self)
