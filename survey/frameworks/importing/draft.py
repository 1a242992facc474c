"""An imported questionnaire as the text of a framework file, for its author to finish."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from survey.frameworks.identifiers import slug, unlike
from survey.frameworks.importing.outline import Item, LeftOut, Outline, Section, Words
from survey.frameworks.importing.scales import NOT_OBSERVED
from survey.frameworks.model import FORMAT
from survey.frameworks.rater_groups import SELF
from survey.frameworks.texts import Text
from survey.frameworks.yaml_text import UNWANTED_CHARACTERS
from survey.frameworks.yaml_writing import SCHEMA_LINE, WIDTH, as_yaml


@dataclass(frozen=True)
class Draft:
    """The text of a framework file, and what it could not take over."""

    framework_id: str
    yaml: str
    left_out: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """A name that every file system and header takes."""
        return f"{slug(self.framework_id) or 'framework'}.yaml"


def write_draft(outline: Outline) -> Draft:
    """The outline as YAML; above it stands, as comments, what was left out."""
    writer = _Writer(outline.languages, outline.left_out)
    document = writer.document(outline)
    left_out = outline.left_out.listed()
    text = _comments(left_out) + as_yaml(document)
    return Draft(str(document["id"]), text, tuple(left_out))


class _Writer:
    def __init__(self, languages: list[str], left_out: LeftOut) -> None:
        self._languages = languages
        self._left_out = left_out
        self._ids: set[str] = set()

    def document(self, outline: Outline) -> dict[str, object]:
        framework_id = outline.id or slug(self._default(outline.title)) or "imported"
        scale: dict[str, object] = {
            "points": [
                {
                    "value": outline.scale.lowest + place,
                    "label": self._text(words, f"point {place}"),
                }
                for place, words in enumerate(outline.scale.labels)
            ],
        }
        if outline.scale.question:
            scale["question"] = self._text(outline.scale.question, "the scale's question")
        scale["not_observed"] = self._text(self._not_observed(outline), "not observed")
        title = outline.title or {self._languages[0]: framework_id}
        document: dict[str, object] = {
            "format": FORMAT,
            "id": framework_id,
            "version": "0.1.0",
            "title": self._text(title, "title"),
            "description": self._text(outline.description or title, "description"),
            "languages": list(self._languages),
            "scale": scale,
            "competencies": self._competencies(outline.sections),
        }
        if outline.open_questions:
            document["open_questions"] = [self._question(one) for one in outline.open_questions]
        return document

    def _not_observed(self, outline: Outline) -> Words:
        if outline.scale.not_observed:
            return outline.scale.not_observed
        self._left_out.note("the answers had none that gives no rating; one was added")
        known = {code: NOT_OBSERVED[code] for code in self._languages if code in NOT_OBSERVED}
        return known or {self._languages[0]: NOT_OBSERVED["en"]}

    def _competencies(self, sections: list[Section]) -> list[dict[str, object]]:
        taken: set[str] = set()
        written: list[dict[str, object]] = []
        for section in sections:
            title = self._default(section.title)
            name = unlike(section.id or slug(title) or "competency", taken)
            written.append(
                {
                    "id": name,
                    "kind": section.kind,
                    "title": self._text(section.title or {self._languages[0]: name}, name),
                    "description": self._text(
                        section.description or section.title or {self._languages[0]: name}, name
                    ),
                    "indicators": [self._indicator(item) for item in section.items],
                }
            )
        return written

    def _indicator(self, item: Item) -> dict[str, object]:
        name, text = self._item(item, "item")
        wording = {key: self._text(words, name) for key, words in item.wording.items()}
        if SELF.key not in wording:
            self._left_out.note(
                "the words for the mentee's own answers are copies: write them in the first person "
                "(“wording: self”)"
            )
            wording = {SELF.key: text, **wording}
        return {"id": name, "text": text, "wording": wording}

    def _question(self, item: Item) -> dict[str, object]:
        name, text = self._item(item, "question")
        entry: dict[str, object] = {"id": name, "text": text}
        if item.wording:
            entry["wording"] = {k: self._text(words, name) for k, words in item.wording.items()}
        return entry

    def _item(self, item: Item, otherwise: str) -> tuple[str, Text]:
        name = unlike(item.id or slug(self._default(item.words)) or otherwise, self._ids)
        return name, self._text(item.words, name)

    def _default(self, words: Words) -> str:
        return words.get(self._languages[0]) or next(iter(words.values()), "")

    def _text(self, words: Words, where: str) -> Text:
        default = self._default(words)
        if len(self._languages) == 1:
            return default
        for code in self._languages:
            if not words.get(code):
                self._left_out.note(f"texts that were missing in {code} are copies", where)
        return {code: words.get(code) or default for code in self._languages}


def _comments(left_out: list[str]) -> str:
    lines = [SCHEMA_LINE]
    if left_out:
        lines += ["# A draft. What could not be carried over, or should be looked at:"]
    for note in left_out:
        tidy = " ".join(UNWANTED_CHARACTERS.sub(" ", note).split())
        lines += textwrap.wrap(
            tidy, WIDTH, initial_indent="# - ", subsequent_indent="#   ", break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"
