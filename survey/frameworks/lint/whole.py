"""Rules that look at a framework as a whole: alike statements, their number, how hard they read."""

import re
from collections.abc import Iterator

from survey.frameworks.lint.advice import Advice
from survey.frameworks.lint.reading_grade import flesch_kincaid_grade, words_of
from survey.frameworks.lint.rules import (
    FEW_STATEMENTS,
    HARD_TO_READ,
    MANY_STATEMENTS,
    NEAR_DUPLICATE,
)
from survey.frameworks.lint.vocabulary import EMPTY_WORDS
from survey.frameworks.model import Framework
from survey.frameworks.texts import in_language
from survey.languages.message import Message, counted_message

FEWEST, MOST = 3, 5
ALIKE = 0.75
HARDEST_GRADE = 9.0
# Flesch (1948) took samples of 100 words: the figure says little about fewer.
FEWEST_WORDS = 100
_NAMED = 3


def numbers_of_statements(framework: Framework) -> Iterator[Advice]:
    """Yield advice about competencies with fewer than three statements or more than five."""
    for index, competency in enumerate(framework.competencies):
        count = len(competency.indicators)
        if not FEWEST <= count <= MOST:
            yield Advice(
                FEW_STATEMENTS if count < FEWEST else MANY_STATEMENTS,
                ("competencies", index, "id"),
                counted_message(
                    "%(num)s statement in “%(name)s”",
                    "%(num)s statements in “%(name)s”",
                    count,
                    name=competency.id,
                ),
            )


def near_duplicates(framework: Framework) -> Iterator[Advice]:
    """Yield advice about statements that share three quarters of their words with an earlier one.

    Compared are the sets of words, without articles and the like, in the default language: shared
    words by all words (Jaccard 1912).
    """
    language = framework.default_language
    empty = EMPTY_WORDS.get(language.partition("-")[0], frozenset())
    earlier: list[tuple[frozenset[str], str]] = []
    for index, competency in enumerate(framework.competencies):
        for place, indicator in enumerate(competency.indicators):
            words = in_language(indicator.text, language, language)
            kept = frozenset(re.findall(r"\w+", words.casefold())) - empty
            for other, other_words in earlier:
                if kept and len(kept & other) >= ALIKE * len(kept | other):
                    path = ("competencies", index, "indicators", place, "text")
                    what = Message(
                        "“%(words)s” is nearly “%(other)s”", words=words, other=other_words
                    )
                    yield Advice(NEAR_DUPLICATE, path, what)
                    break
            earlier.append((kept, words))


def english_grade(framework: Framework) -> float | None:
    """The Flesch-Kincaid grade of all statements in English; None when there is no English."""
    return flesch_kincaid_grade(_english(framework))


def hard_reading(framework: Framework) -> Iterator[Advice]:
    """Yield advice when the English statements together read harder than grade nine."""
    texts = _english(framework)
    grade = flesch_kincaid_grade(texts)
    enough = sum(len(words_of(text)) for text in texts) >= FEWEST_WORDS
    if grade is None or grade <= HARDEST_GRADE or not enough:
        return
    hardest = sorted(texts, key=lambda text: flesch_kincaid_grade([text]) or 0.0, reverse=True)
    named = ", ".join(f"“{text}”" for text in hardest[:_NAMED])
    yield Advice(
        HARD_TO_READ,
        ("competencies",),
        Message(
            "the statements read at grade %(grade)s: %(named)s", grade=f"{grade:.1f}", named=named
        ),
    )


def _english(framework: Framework) -> list[str]:
    code = next((one for one in framework.languages if one.partition("-")[0] == "en"), None)
    if code is None:
        return []
    return [
        in_language(indicator.text, code, framework.default_language)
        for competency in framework.competencies
        for indicator in competency.indicators
    ]
