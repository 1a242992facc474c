"""The shape of a question set's file: what mentee and mentor are asked to reflect on.

Rules that span parts (ids unique, languages complete) need positions in the file, so a question
set is made with `question_sets`, which applies both.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from survey.frameworks.model import Identifier, Label, LanguageCode, Sentence, Title
from survey.frameworks.texts import Text, in_language
from survey.storage.models import Side

LOWEST, HIGHEST = 0, 10


def _is_whole_number(value: object) -> object:
    # To Python, True and 1.0 equal 1; in a file they are something else.
    if type(value) is not int:
        raise ValueError("write “format: 1”")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Question(_Part):
    id: Identifier
    text: Sentence
    # Which of the two is asked; by default whoever fills in the form.
    asked: tuple[Side, ...] = Field(default=(Side.MENTOR, Side.MENTEE), min_length=1)


class TextQuestion(_Question):
    """A question that is answered in own words."""

    kind: Literal["text"]


class ScaleQuestion(_Question):
    """A question that is answered with a number between two labelled ends."""

    kind: Literal["scale"]
    short: Label | None = None
    lowest: StrictInt = Field(ge=LOWEST, le=HIGHEST)
    highest: StrictInt = Field(ge=LOWEST, le=HIGHEST)
    lowest_label: Label
    highest_label: Label


class Option(_Part):
    """One of a question's possible answers."""

    id: Identifier
    label: Label


class ChoiceQuestion(_Question):
    """A question that is answered by choosing one of several answers, in their order."""

    kind: Literal["choice"]
    short: Label | None = None
    options: tuple[Option, ...] = Field(min_length=2, max_length=HIGHEST + 1)


Question = TextQuestion | ScaleQuestion | ChoiceQuestion


class QuestionSet(_Part):
    """Questions for one occasion."""

    format: Annotated[Literal[1], BeforeValidator(_is_whole_number)]
    id: Identifier
    title: Title
    languages: tuple[LanguageCode, ...] = Field(min_length=1, max_length=20)
    questions: tuple[Annotated[Question, Field(discriminator="kind")], ...] = Field(
        min_length=1, max_length=20
    )

    def asked_of(self, side: Side) -> tuple[Question, ...]:
        """The questions for the mentor or for the mentee."""
        return tuple(question for question in self.questions if side in question.asked)

    def words(self, text: Text, language: str) -> str:
        """One of its texts, in a language that it has."""
        return in_language(text, language, self.languages[0])
