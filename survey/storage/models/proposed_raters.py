"""Raters whom the mentee proposes for a draft: people to look at, and nobody to write to."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.storage.models.base import Base, RandomKey, identified, stored_by_value
from survey.storage.models.rounds import Round
from survey.storage.sealed_columns import SealedText


class ProposalState(StrEnum):
    """What became of a proposal. The mentor decides; the mentee sees it."""

    WAITING = "waiting"
    ON_THE_LIST = "on the list"
    TURNED_DOWN = "turned down"


class ProposedRater(RandomKey, Base):
    """Somebody whom the mentee proposes. It lives as long as the draft, and goes at the launch.

    Nothing ties it to the invitation that may come of it. Name, address and the mentor's word lie
    sealed with the key of the mentorship; `address_mark` tells only whether an address is the same.
    """

    __tablename__ = "proposed_raters"
    __table_args__ = (UniqueConstraint("round_id", "address_mark"),)

    round_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("rounds.id", ondelete="CASCADE"), index=True
    )
    group_key: Mapped[str] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(12))
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    word_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name = SealedText("name_sealed")
    email = SealedText("email_sealed")
    # What the mentor wants the mentee to know about the decision.
    word = SealedText("word_sealed")
    address_mark: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[ProposalState] = mapped_column(
        stored_by_value(ProposalState), default=ProposalState.WAITING
    )
    # Whether the mentor put the person on the list with another name, address, group or language.
    changed: Mapped[bool] = mapped_column(default=False)

    round: Mapped[Round] = relationship(back_populates="proposals")

    @property
    def sealed_for(self) -> uuid.UUID:
        """The mentorship whose key seals the texts."""
        return self.round.mentorship_id or identified(self.round.mentorship)
