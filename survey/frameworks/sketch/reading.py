"""Read YAML into a sketch, or say what no form could show: nothing written is dropped silently."""

from typing import Any

from survey.frameworks.model import Competency, Framework, Indicator, LabelledPoint, OpenQuestion
from survey.frameworks.model import Scale as ScaleModel
from survey.frameworks.problems import FrameworkError, Problem, quoted
from survey.frameworks.sketch.parts import (
    Sketch,
    SketchCompetency,
    SketchPoint,
    SketchQuestion,
    SketchStatement,
    Words,
)
from survey.frameworks.source_document import Path, SourceDocument
from survey.frameworks.yaml_scalars import kind_of
from survey.frameworks.yaml_source import read_yaml
from survey.frameworks.yaml_writing import SCHEMA_LINE
from survey.languages.message import Message

_HINT = Message("put it right in the text")


def read_sketch(text: str, file_name: str = "framework.yaml") -> Sketch:
    """The sketch of a text. Raises FrameworkError with all that a form could not show."""
    return sketch_of(read_yaml(text.encode("utf-8", "replace"), file_name))


def sketch_of(document: SourceDocument) -> Sketch:
    """The same of a text that was read already."""
    if document.problems:
        raise FrameworkError(document.problems)
    reader = _Reader(document)
    sketch = reader.sketch()
    if reader.problems:
        raise FrameworkError(reader.problems)
    return sketch


def comments_in(text: str) -> int:
    """How many lines of a text begin as a comment, but for the one that names the schema.

    Comments behind a value are counted too, where a blank stands before their sign; within a text
    in quotes that is one too many, which only warns once more than needed.
    """
    return sum(
        1
        for line in text.splitlines()
        if line.strip() != SCHEMA_LINE and (line.lstrip().startswith("#") or " #" in line)
    )


class _Reader:
    def __init__(self, document: SourceDocument) -> None:
        self._document = document
        self.problems: list[Problem] = []

    def sketch(self) -> Sketch:
        data = self._map(self._document.data, (), Framework)
        scale = self._map(data.get("scale"), ("scale",), ScaleModel)
        languages = self._names(data.get("languages"), ("languages",))
        self._default = languages[0] if languages else "en"
        return Sketch(
            id=self._scalar(data.get("id"), ("id",)),
            version=self._scalar(data.get("version"), ("version",)),
            languages=languages or [self._default],
            title=self._words(data.get("title"), ("title",)),
            description=self._words(data.get("description"), ("description",)),
            points=[
                self._point(one, ("scale", "points", place))
                for place, one in self._list(scale.get("points"), ("scale", "points"))
            ],
            scale_question=self._words(scale.get("question"), ("scale", "question")),
            not_observed=self._words(scale.get("not_observed"), ("scale", "not_observed")),
            competencies=[
                self._competency(one, ("competencies", place))
                for place, one in self._list(data.get("competencies"), ("competencies",))
            ],
            questions=[
                self._question(one, ("open_questions", place))
                for place, one in self._list(data.get("open_questions"), ("open_questions",))
            ],
            order=self._scalar(data.get("order"), ("order",)),
        )

    def _point(self, data: Any, path: Path) -> SketchPoint:
        part = self._map(data, path, LabelledPoint)
        value = part.get("value")
        if type(value) is not int:
            value = self._scalar(value, (*path, "value"))
        return SketchPoint(value, self._words(part.get("label"), (*path, "label")))

    def _competency(self, data: Any, path: Path) -> SketchCompetency:
        part = self._map(data, path, Competency)
        return SketchCompetency(
            id=self._scalar(part.get("id"), (*path, "id")),
            kind=self._scalar(part.get("kind"), (*path, "kind")),
            title=self._words(part.get("title"), (*path, "title")),
            description=self._words(part.get("description"), (*path, "description")),
            statements=[
                self._statement(one, (*path, "indicators", place))
                for place, one in self._list(part.get("indicators"), (*path, "indicators"))
            ],
            lint_ok=self._names(part.get("lint_ok"), (*path, "lint_ok")),
        )

    def _statement(self, data: Any, path: Path) -> SketchStatement:
        part = self._map(data, path, Indicator)
        return SketchStatement(
            id=self._scalar(part.get("id"), (*path, "id")),
            text=self._words(part.get("text"), (*path, "text")),
            wording=self._wording(part, path),
            lint_ok=self._names(part.get("lint_ok"), (*path, "lint_ok")),
        )

    def _question(self, data: Any, path: Path) -> SketchQuestion:
        part = self._map(data, path, OpenQuestion)
        return SketchQuestion(
            id=self._scalar(part.get("id"), (*path, "id")),
            text=self._words(part.get("text"), (*path, "text")),
            wording=self._wording(part, path),
            groups=self._names(part.get("groups"), (*path, "groups")),
            rounds=self._names(part.get("rounds"), (*path, "rounds")),
        )

    def _wording(self, part: dict[str, Any], path: Path) -> dict[str, Words]:
        found = part.get("wording")
        if found is None:
            return {}
        if not isinstance(found, dict):
            self._refuse((*path, "wording"), found, "a map")
            return {}
        return {key: self._words(one, (*path, "wording", key)) for key, one in found.items()}

    def _map(self, data: Any, path: Path, model: Any) -> dict[str, Any]:
        if data is None:
            return {}
        if not isinstance(data, dict):
            self._refuse(path, data, "a map")
            return {}
        for key in data:
            if key not in model.model_fields:
                self._note(
                    (*path, key), Message("unknown key %(key)s", key=quoted(key)), at_key=True
                )
        return data

    def _list(self, data: Any, path: Path) -> list[tuple[int, Any]]:
        if data is None:
            return []
        if not isinstance(data, list):
            self._refuse(path, data, "a list")
            return []
        return list(enumerate(data))

    def _names(self, data: Any, path: Path) -> list[str]:
        return [self._scalar(one, (*path, place)) for place, one in self._list(data, path)]

    def _words(self, data: Any, path: Path) -> Words:
        if isinstance(data, dict):
            return {code: self._scalar(one, (*path, code)) for code, one in data.items()}
        written = self._scalar(data, path)
        return {self._default: written} if written else {}

    def _scalar(self, data: Any, path: Path) -> str:
        if data is None:
            return ""
        if isinstance(data, dict | list):
            self._refuse(path, data, "text")
            return ""
        return data if isinstance(data, str) else self._document.spellings.get(path, str(data))

    def _refuse(self, path: Path, found: object, wanted: str) -> None:
        part = quoted(path[-1]) if path else Message("the file")
        kind = kind_of(found)
        what = {
            "text": Message("%(part)s must be text, not %(found)s", part=part, found=kind),
            "a list": Message("%(part)s must be a list, not %(found)s", part=part, found=kind),
            "a map": Message("%(part)s must be a map, not %(found)s", part=part, found=kind),
        }[wanted]
        self._note(path, what)

    def _note(self, path: Path, what: str, *, at_key: bool = False) -> None:
        line, column = self._document.position(path, at_key=at_key)
        name = self._document.file_name
        self.problems.append(Problem(name, line, column, what, _HINT, path))
