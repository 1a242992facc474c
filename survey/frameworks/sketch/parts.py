"""The parts of a framework in the making. Lists may be changed; ids stay when words change."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from survey.frameworks.identifiers import LONGEST_ID, slug, unlike
from survey.frameworks.model import KEBAB_CASE
from survey.frameworks.rater_groups import SELF
from survey.frameworks.source_document import Path

Words = dict[str, str]
"""A text by language code; a language may be missing or empty."""


@dataclass
class SketchPoint:
    """One point of the scale. Its value may be anything that somebody wrote in its place."""

    value: int | str
    label: Words = field(default_factory=dict)


@dataclass
class SketchStatement:
    """A behaviour indicator, with other words for some rater groups."""

    id: str = ""
    text: Words = field(default_factory=dict)
    wording: dict[str, Words] = field(default_factory=dict)
    lint_ok: list[str] = field(default_factory=list)


@dataclass
class SketchCompetency:
    """A competency with its statements."""

    id: str = ""
    kind: str = "behaviour"
    title: Words = field(default_factory=dict)
    description: Words = field(default_factory=dict)
    statements: list[SketchStatement] = field(default_factory=list)
    lint_ok: list[str] = field(default_factory=list)


@dataclass
class SketchQuestion:
    """An open question; no groups or rounds mean all of them."""

    id: str = ""
    text: Words = field(default_factory=dict)
    wording: dict[str, Words] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    rounds: list[str] = field(default_factory=list)


@dataclass
class Sketch:
    """A framework in the making. The first language is the default."""

    id: str
    version: str
    languages: list[str]
    title: Words = field(default_factory=dict)
    description: Words = field(default_factory=dict)
    points: list[SketchPoint] = field(default_factory=list)
    scale_question: Words = field(default_factory=dict)
    not_observed: Words = field(default_factory=dict)
    competencies: list[SketchCompetency] = field(default_factory=list)
    questions: list[SketchQuestion] = field(default_factory=list)
    order: str = ""

    @property
    def default_language(self) -> str:
        """The language that readers of any other language get; empty without any."""
        return self.languages[0] if self.languages else ""

    def in_default(self, words: Words) -> str:
        """A text in the default language; else in any, else empty."""
        return words.get(self.default_language) or next(filter(None, words.values()), "")

    def competency(self, name: str) -> SketchCompetency | None:
        """The competency with this id."""
        return next((one for one in self.competencies if one.id == name), None)

    def texts(self) -> Iterator[tuple[Path, Words, bool]]:
        """Every text with its path, and whether it has to be there."""
        yield ("title",), self.title, True
        yield ("description",), self.description, True
        for place, point in enumerate(self.points):
            yield ("scale", "points", place, "label"), point.label, True
        yield ("scale", "question"), self.scale_question, False
        yield ("scale", "not_observed"), self.not_observed, True
        for place, competency in enumerate(self.competencies):
            path: Path = ("competencies", place)
            yield (*path, "title"), competency.title, True
            yield (*path, "description"), competency.description, True
            for number, statement in enumerate(competency.statements):
                item: Path = (*path, "indicators", number)
                yield (*item, "text"), statement.text, True
                yield (*item, "wording", SELF.key), statement.wording.get(SELF.key, {}), True
                for group, words in statement.wording.items():
                    if group != SELF.key:
                        yield (*item, "wording", group), words, False
        for place, question in enumerate(self.questions):
            yield ("open_questions", place, "text"), question.text, True
            for group, words in question.wording.items():
                yield ("open_questions", place, "wording", group), words, False

    def drop_language(self, language: str) -> None:
        """Take a language out of the list and out of every text."""
        self.languages = [code for code in self.languages if code != language]
        for _, words, _ in self.texts():
            words.pop(language, None)

    def name_parts(self) -> None:
        """Give an id to each part without a good one of its own; good ids stay as they are.

        A new one is made of the part's words, or of what stands in the id's place.
        """
        _name(self.competencies, [self.in_default(one.title) for one in self.competencies])
        items: list[SketchStatement | SketchQuestion] = [
            *(one for part in self.competencies for one in part.statements),
            *self.questions,
        ]
        _name(items, [self.in_default(one.text) for one in items])


def _name(
    parts: Sequence[SketchCompetency | SketchStatement | SketchQuestion], words: list[str]
) -> None:
    seen: set[str] = set()
    nameless = []
    for part, text in zip(parts, words, strict=True):
        if part.id in seen or len(part.id) > LONGEST_ID or not re.match(KEBAB_CASE, part.id):
            nameless.append((part, text))
        seen.add(part.id)
    for part, text in nameless:
        part.id = unlike(slug(part.id) or slug(text) or "item", seen)


def new_sketch(language: str, words: dict[str, str]) -> Sketch:
    """A sketch to begin with: a scale of five points, whose words are given, and nothing asked.

    `words` has the labels of the points under "1" to "5", the "question" that they answer, and
    "not_observed".
    """
    return Sketch(
        id="",
        version="1.0.0",
        languages=[language],
        points=[SketchPoint(value, {language: words[str(value)]}) for value in range(1, 6)],
        scale_question={language: words["question"]},
        not_observed={language: words["not_observed"]},
    )
