"""What every part of a stored document shares."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A part of a document: it never changes, and nothing unknown is read into it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
