"""Who is delivering letters, and how fast mail may leave."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from survey.storage.models.base import Base, RandomKey, UtcDateTime


class MailWorker(RandomKey, Base):
    """A worker that holds letters. Its letters are free again once its lease has run out."""

    __tablename__ = "mail_workers"

    alive_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class MailPace(Base):
    """When the next letter of a kind of traffic may leave: of all mail, or to one mail domain.

    A domain stands here as a keyed hash. The row goes once it restrains nothing any more.
    """

    __tablename__ = "mail_pace"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # How many letters in a row its servers have put off.
    deferrals: Mapped[int] = mapped_column(default=0)
