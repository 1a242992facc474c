"""The texts of a report that come from elsewhere, and those that the service has for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel.messages.pofile import read_po

from survey.languages.catalogues import FOLDER, catalogue
from survey.report.feedback_report import FeedbackReport

# Where the words of a report stand.
_PLACES = ("survey/report/", "templates/reports/", "templates/macros/report.html")
_GAP = re.compile(r"%\(\w+\)s|\{\w+\}")
_TAG = re.compile(r"<[^>]+>")
_WORD = re.compile(r"[A-Za-z]{3,}")


def foreign_texts(report: FeedbackReport) -> list[str]:
    """Names, what the framework says and what people wrote, the longest first."""
    texts = {
        "Mia Mentee",
        "Max Mentor",
        report.framework_title,
        *(label for _, label in report.scale),
    }
    for c in report.competencies:
        texts |= {c.title, c.description, *(statement.text for statement in c.statements)}
    for comment in report.comments:
        texts |= {comment.question, *comment.texts}
    if report.goal is not None:
        texts |= {report.goal.statement, report.goal.success_measures}
        for measure in report.goal.attainment.measures if report.goal.attainment else ():
            texts |= {measure.statement, *measure.level_texts}
    return sorted(filter(None, texts), key=len, reverse=True)


def without(text: str, foreign: list[str]) -> str:
    """The text without these."""
    for known in foreign:
        # A single letter may stand anywhere; longer texts are whole.
        if len(known) > 3:
            text = text.replace(known, " ")
    return text


@cache
def english_texts(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every English text of a report that reads otherwise in this language, as a pattern."""
    return tuple(_patterns(language))


def _patterns(language: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    translate = catalogue(language).gettext
    with (FOLDER / "messages.pot").open("rb") as file:
        texts = read_po(file)
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        translated = "\n".join(str(message.string) for message in read_po(file))
    for message in texts:
        ids = (message.id,) if isinstance(message.id, str) else message.id
        for text in ids:
            places = any(place.startswith(_PLACES) for place, _ in message.locations)
            if not text or not places or translate(text) == text:
                continue
            words = _TAG.sub("", text)
            # What is left of a text with gaps must be enough to know it by.
            enough = 2 if _GAP.search(words) else 1
            if len(_WORD.findall(_GAP.sub("", words))) < enough:
                continue
            pieces = [re.escape(piece) for piece in _GAP.split(words)]
            pattern = re.compile(r"(?<!\w)" + r".{1,60}?".join(pieces) + r"(?!\w)")
            # Some words are spelt alike in both languages: "exact", say.
            if not pattern.search(translated):
                yield text, pattern
