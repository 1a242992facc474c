"""What all that is sent and answered has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

# No text has a NUL character, and PostgreSQL stores none.
WITHOUT_NUL = r"^[^\x00]*$"


class Sent(BaseModel):
    """What a program sends. A field that nobody knows is a mistake, and no value is bent to fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Asked(BaseModel):
    """What a program asks for in the address. There, everything is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What is answered: these fields, and nothing that merely happens to be there."""

    model_config = ConfigDict(frozen=True)


Line = Annotated[str, StringConstraints(max_length=400, pattern=WITHOUT_NUL)]
ShortLine = Annotated[str, StringConstraints(max_length=120, pattern=WITHOUT_NUL)]
Address = Annotated[str, StringConstraints(max_length=320, pattern=WITHOUT_NUL)]
Purpose = Annotated[str, StringConstraints(max_length=600, pattern=WITHOUT_NUL)]
Paragraphs = Annotated[str, StringConstraints(max_length=2000, pattern=WITHOUT_NUL)]
LongText = Annotated[str, StringConstraints(max_length=4000, pattern=WITHOUT_NUL)]
