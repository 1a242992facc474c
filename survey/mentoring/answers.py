"""Answers to a question set, kept as they were asked.

What is stored holds the question's words and the scale's ends beside the answer: a question may be
put in other words later, and an old answer still has to be read with the question it answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.mentoring.question_set_model import (
    ChoiceQuestion,
    Question,
    QuestionSet,
    ScaleQuestion,
    TextQuestion,
)
from survey.storage.models import Side

LONGEST_ANSWER = 2000


class Answer(BaseModel):
    """One answer: what was asked, what was said, and, on a scale, between which ends.

    `step` is the number of the step that was chosen of a scale or choice, and None for a text;
    `steps` names the steps that have a name, by number.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    question: str
    kind: Literal["text", "scale", "choice"] = "text"
    short: str = ""
    text: str = ""
    step: int | None = None
    steps: dict[int, str] = {}

    @property
    def said(self) -> str:
        """The answer as a person reads it."""
        if self.step is None:
            return self.text
        if self.kind == "choice":
            return self.steps[self.step]
        return f"{self.step} ({self.ends})"

    @property
    def ends(self) -> str:
        """What the two ends of the scale mean."""
        low, high = min(self.steps), max(self.steps)
        return f"{low}: {self.steps[low]}, {high}: {self.steps[high]}"


_ANSWERS = TypeAdapter(list[Answer])


def checked_answers(
    questions: QuestionSet, side: Side, given: Mapping[str, str], language: str
) -> list[Answer]:
    """The answers to the questions for one side, tidied; what is not answered is left out.

    Raises MentoringError, naming the question by its id, when an answer does not fit it.
    """
    return [
        answer
        for question in questions.asked_of(side)
        if (answer := _answer(questions, question, given.get(question.id, ""), language))
    ]


def some_answers(
    questions: QuestionSet, side: Side, given: Mapping[str, str], language: str
) -> list[Answer]:
    """The same, and at least one. Raises MentoringError."""
    answers = checked_answers(questions, side, given, language)
    if not answers:
        raise MentoringError(Message("Answer at least one of the questions."))
    return answers


def as_stored(answers: Sequence[Answer]) -> str:
    """The answers as one text, to be sealed."""
    return _ANSWERS.dump_json(list(answers), exclude_defaults=True).decode()


def from_stored(text: str) -> list[Answer]:
    """Reverse `as_stored`."""
    return _ANSWERS.validate_json(text) if text else []


def tidy(text: str) -> str:
    """A text as it is kept: browsers send line ends as CRLF, and PostgreSQL takes no NUL."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _answer(questions: QuestionSet, question: Question, given: str, language: str) -> Answer | None:
    text = tidy(given)
    if not text:
        return None
    asked = questions.words(question.text, language)
    if isinstance(question, TextQuestion):
        if len(text) > LONGEST_ANSWER:
            raise MentoringError(
                Message(
                    "%(length)s characters; at most %(most)s are possible.",
                    length=len(text),
                    most=LONGEST_ANSWER,
                    at=question.id,
                )
            )
        return Answer(id=question.id, question=asked, text=text)
    possible = possible_answers(question)
    if text not in possible:
        raise MentoringError(Message("Choose one of the answers.", at=question.id))
    return Answer(
        id=question.id,
        question=asked,
        kind=question.kind,
        short=questions.words(question.short, language) if question.short else "",
        text=text,
        step=possible[text],
        steps=_named_steps(questions, question, language),
    )


def possible_answers(question: ScaleQuestion | ChoiceQuestion) -> dict[str, int]:
    """What can be chosen, from the lowest step to the highest, with the step's number."""
    if isinstance(question, ChoiceQuestion):
        return {option.id: number for number, option in enumerate(question.options)}
    return {str(step): step for step in range(question.lowest, question.highest + 1)}


def _named_steps(
    questions: QuestionSet, question: ScaleQuestion | ChoiceQuestion, language: str
) -> dict[int, str]:
    if isinstance(question, ChoiceQuestion):
        return {
            number: questions.words(option.label, language)
            for number, option in enumerate(question.options)
        }
    return {
        question.lowest: questions.words(question.lowest_label, language),
        question.highest: questions.words(question.highest_label, language),
    }
