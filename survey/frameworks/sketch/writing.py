"""Write a sketch as the text of a framework file."""

from typing import Any

from survey.frameworks.model import FORMAT
from survey.frameworks.sketch.parts import (
    Sketch,
    SketchCompetency,
    SketchQuestion,
    SketchStatement,
    Words,
)
from survey.frameworks.texts import Text
from survey.frameworks.yaml_writing import SCHEMA_LINE, as_yaml


def write_sketch(sketch: Sketch) -> str:
    """The YAML of a sketch; where nothing is missing it loads as a framework."""
    return f"{SCHEMA_LINE}\n{as_yaml(_document(sketch))}"


def _document(sketch: Sketch) -> dict[str, Any]:
    def text(words: Words) -> Text:
        return _text(words, sketch.languages)

    scale: dict[str, Any] = {
        "points": [{"value": one.value, "label": text(one.label)} for one in sketch.points]
    }
    if any(sketch.scale_question.values()):
        scale["question"] = text(sketch.scale_question)
    scale["not_observed"] = text(sketch.not_observed)
    document: dict[str, Any] = {
        "format": FORMAT,
        "id": sketch.id,
        "version": sketch.version,
        "title": text(sketch.title),
        "description": text(sketch.description),
        "languages": list(sketch.languages),
        "scale": scale,
        "competencies": [_competency(one, sketch.languages) for one in sketch.competencies],
    }
    if sketch.questions:
        document["open_questions"] = [_question(one, sketch.languages) for one in sketch.questions]
    if sketch.order:
        document["order"] = sketch.order
    return document


def _text(words: Words, languages: list[str]) -> Text:
    written = {code: words[code] for code in languages if words.get(code)}
    written |= {code: one for code, one in words.items() if one and code not in written}
    default = languages[0] if languages else ""
    if set(written) <= {default} and len(languages) < 2:
        return written.get(default, "")
    return written or {default: ""}


def _competency(competency: SketchCompetency, languages: list[str]) -> dict[str, Any]:
    part: dict[str, Any] = {
        "id": competency.id,
        "kind": competency.kind,
        "title": _text(competency.title, languages),
        "description": _text(competency.description, languages),
        "indicators": [_statement(one, languages) for one in competency.statements],
    }
    if competency.lint_ok:
        part["lint_ok"] = list(competency.lint_ok)
    return part


def _statement(statement: SketchStatement, languages: list[str]) -> dict[str, Any]:
    part: dict[str, Any] = {"id": statement.id, "text": _text(statement.text, languages)}
    part |= _wording(statement.wording, languages)
    if statement.lint_ok:
        part["lint_ok"] = list(statement.lint_ok)
    return part


def _question(question: SketchQuestion, languages: list[str]) -> dict[str, Any]:
    part: dict[str, Any] = {"id": question.id, "text": _text(question.text, languages)}
    part |= _wording(question.wording, languages)
    for key, chosen in (("rounds", question.rounds), ("groups", question.groups)):
        if chosen:
            part[key] = list(chosen)
    return part


def _wording(wording: dict[str, Words], languages: list[str]) -> dict[str, Any]:
    written = {
        group: _text(words, languages) for group, words in wording.items() if any(words.values())
    }
    return {"wording": written} if written else {}
