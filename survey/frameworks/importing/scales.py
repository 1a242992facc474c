"""The one scale of a framework, out of the answers that another program offers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from survey.frameworks.importing.outline import ImportedScale, LeftOut, Words

# Answers that give no rating, in the languages that questionnaires for this service come in.
_NO_RATING = re.compile(
    r"n ?a|not applicable|not observed|no opportunity( to observe)?|no answer|no opinion|unable to "
    r"(say|rate|judge|answer)|not able to (say|rate|judge)|(i )?can ?not (say|rate|judge)( this)?|"
    r"(i )?(don t|do not) know|prefer not to (say|answer)|keine (angabe|antwort|meinung)|k a|"
    r"wei(ß|ss) (ich )?nicht|(ich )?kann (ich )?(das )?nicht (beurteilen|sagen|einschätzen)|"
    r"nicht (beobachtet|anwendbar|beurteilbar)|trifft nicht zu auf mich|entfällt|"
    r"sans objet|ne sait pas|je ne sais pas|non applicable|no aplica|no sabe|no sé|niet van "
    r"toepassing|weet (ik )?niet|non so|não se aplica"
)
_NUMBER = re.compile(r"\s*([-+]?[0-9]{1,3})(?![0-9])")

NOT_OBSERVED = {"en": "Not able to say", "de": "Kann ich nicht beurteilen"}
USUAL = {
    "en": ("Almost never", "Seldom", "About half the time", "Often", "Nearly every time"),
    "de": ("Fast nie", "Selten", "Etwa zur Hälfte", "Oft", "Fast jedes Mal"),
}


@dataclass
class AnswerSet:
    """The answers of one question, in the order in which they are offered."""

    where: str
    labels: list[Words]
    question: Words = field(default_factory=dict)
    # The number that the other program stores for each answer, where it does.
    values: list[int | None] = field(default_factory=list)
    statements: int = 1


def choose_scale(sets: Sequence[AnswerSet], language: str, left_out: LeftOut) -> ImportedScale:
    """The scale of most statements; what was rated on another one is noted."""
    counted: Counter[tuple[str, ...]] = Counter()
    for one in sets:
        counted[_key(one, language)] += one.statements
    chosen, _ = counted.most_common(1)[0]
    for one in sets:
        if _key(one, language) != chosen:
            answers = " / ".join(_key(one, language))
            left_out.note(
                "a framework has one scale; these statements had another one, look whether they "
                f"fit it (theirs: {answers[:200]})",
                one.where,
            )
    first = next(one for one in sets if _key(one, language) == chosen)
    questions = [one.question for one in sets if _key(one, language) == chosen]
    scale = _scale(first, language, left_out)
    if all(question == questions[0] for question in questions):
        scale.question = questions[0]
    return scale


def usual_scale(languages: Sequence[str]) -> ImportedScale:
    """A scale of how often, for a questionnaire that brings none."""
    known = [code for code in languages if code in USUAL] or ["en"]
    labels = [{code: USUAL[code][place] for code in known} for place in range(len(USUAL["en"]))]
    return ImportedScale(labels)


def _key(one: AnswerSet, language: str) -> tuple[str, ...]:
    return tuple(_in(words, language) for words in one.labels)


def _in(words: Words, language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")


def _scale(one: AnswerSet, language: str, left_out: LeftOut) -> ImportedScale:
    labels: list[Words] = []
    values: list[int | None] = []
    not_observed: Words = {}
    known = one.values if len(one.values) == len(one.labels) else [None] * len(one.labels)
    for words, value in zip(one.labels, known, strict=True):
        if not not_observed and _gives_no_rating(_in(words, language)):
            not_observed = words
        else:
            labels.append(words)
            values.append(value)
    if _falls([_first_number(_in(words, language)) for words in labels]) or _falls(values):
        labels.reverse()
        left_out.note("the answers stood from high to low and were turned round")
    return ImportedScale(labels, not_observed=not_observed)


def _gives_no_rating(label: str) -> bool:
    folded = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", label).casefold()).strip()
    return _NO_RATING.fullmatch(folded) is not None


def _first_number(label: str) -> int | None:
    found = _NUMBER.match(label)
    return int(found.group(1)) if found else None


def _falls(numbers: Sequence[int | None]) -> bool:
    """Whether all are known and each is less than the one before it."""
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or len(known) < 2:
        return False
    return all(later < earlier for earlier, later in pairwise(known))
