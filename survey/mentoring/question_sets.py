"""Question sets: loaded from their folder once, checked with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from survey.frameworks.findings import Finding, did_you_mean
from survey.frameworks.model import KEBAB_CASE, LANGUAGE_CODE
from survey.frameworks.problems import FrameworkError, Problem, quoted
from survey.frameworks.source_document import Path as PartPath
from survey.frameworks.source_document import SourceDocument
from survey.frameworks.yaml_scalars import kind_of
from survey.frameworks.yaml_source import read_yaml
from survey.mentoring.question_set_model import (
    ChoiceQuestion,
    Option,
    QuestionSet,
    ScaleQuestion,
    TextQuestion,
)
from survey.storage.models import ReflectionMoment, ReviewKind, Side

REFLECTION_SETS = {
    ReflectionMoment.SESSION_START: "session-start",
    ReflectionMoment.SESSION_END: "session-end",
    ReflectionMoment.MIDWAY: "midway-reflection",
    ReflectionMoment.END: "end-reflection",
}
REVIEW_SETS = {
    ReviewKind.START: "start-review",
    ReviewKind.MIDWAY: "midway-review",
    ReviewKind.END: "end-review",
}
LOG_SET = "reflective-log"
FEEDBACK_SET = "mentee-feedback"
# Each set that the service asks for, and whom it asks.
_NEEDED: dict[str, tuple[Side, ...]] = {
    **dict.fromkeys(REFLECTION_SETS.values(), (Side.MENTEE,)),
    **dict.fromkeys(REVIEW_SETS.values(), (Side.MENTOR, Side.MENTEE)),
    LOG_SET: (Side.MENTOR,),
    FEEDBACK_SET: (Side.MENTEE,),
}

_KINDS: dict[str, type[BaseModel]] = {
    "text": TextQuestion,
    "scale": ScaleQuestion,
    "choice": ChoiceQuestion,
}
_PATTERNS = {
    KEBAB_CASE: ("is no id", "write lower-case words joined by hyphens, such as want-from-today"),
    LANGUAGE_CODE: ("is no language code", "write a code such as en, de or pt-BR"),
}
_TEXT_KEYS = ("title", "text", "short", "lowest_label", "highest_label", "label")


class QuestionSetError(Exception):
    """A question set's file (or the folder) cannot be used; `problems` says all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line, p.column))
        super().__init__("\n".join(map(str, self.problems)))


class QuestionSets:
    """All question sets of a folder."""

    def __init__(self, folder: Path) -> None:
        """Read the files. Raises QuestionSetError when one is wrong or missing."""
        self._sets: dict[str, QuestionSet] = {}
        problems: list[Problem] = []
        for path in _files(folder):
            try:
                found = load_question_set(path)
            except QuestionSetError as error:
                problems += error.problems
            else:
                self._sets[found.id] = found
        if not problems:
            problems += [
                _missing_set(folder, set_id) for set_id in _NEEDED if set_id not in self._sets
            ]
        if problems:
            raise QuestionSetError(problems)

    def __iter__(self) -> Iterator[QuestionSet]:
        return iter(self._sets.values())

    def reflection(self, moment: ReflectionMoment) -> QuestionSet:
        """What a mentee is asked at this moment."""
        return self._sets[REFLECTION_SETS[moment]]

    def review(self, kind: ReviewKind) -> QuestionSet:
        """What mentor and mentee are asked for a review."""
        return self._sets[REVIEW_SETS[kind]]

    @property
    def reflective_log(self) -> QuestionSet:
        """What a mentor is asked for an entry of the reflective log."""
        return self._sets[LOG_SET]

    @property
    def mentee_feedback(self) -> QuestionSet:
        """What a mentee is asked about the mentoring."""
        return self._sets[FEEDBACK_SET]


def load_question_set(path: Path) -> QuestionSet:
    """Load one file. Its name is its id. Raises QuestionSetError with all problems."""
    try:
        document = read_yaml(path.read_bytes(), path.name)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise QuestionSetError([Problem(path.name, 1, 1, what, "check its permissions")]) from error
    except FrameworkError as error:
        raise QuestionSetError(error.problems) from error
    findings: list[Finding] = []
    found: QuestionSet | None = None
    try:
        found = QuestionSet.model_validate(document.data)
    except ValidationError as error:
        findings += (
            _explain(detail, document.data)
            for detail in error.errors(include_url=False)
            if not _counts_only_valid_entries(detail)
        )
    findings += _faults(document, path.stem)
    problems = document.problems + _placed(findings, document)
    if problems or found is None:
        raise QuestionSetError(problems)
    return found


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix in {".yaml", ".yml"} and not path.name.startswith(".")
        )
    except OSError as error:
        what = f"the folder of question sets cannot be read ({error.strerror})"
        hint = "set QUESTION_SET_FOLDER to a folder that exists"
        raise QuestionSetError([Problem(str(folder), 1, 1, what, hint)]) from error


def _missing_set(folder: Path, set_id: str) -> Problem:
    return Problem(f"{set_id}.yaml", 1, 1, f"there is no such file in {folder}", "restore it")


def _placed(findings: list[Finding], document: SourceDocument) -> list[Problem]:
    return [
        Problem(
            document.file_name,
            *document.position(finding.path, at_key=finding.at_key),
            finding.what,
            finding.hint,
        )
        for finding in findings
        if not document.is_spoiled(finding.path)
    ]


def _explain(detail: ErrorDetails, data: Any) -> Finding:
    """One of pydantic's complaints in plain words."""
    path, here = _locate(_without_kind(detail["loc"]), data)
    kind, found = detail["type"], detail["input"]
    name = quoted(path[-1]) if path and isinstance(path[-1], str) else "this part"
    if kind == "missing":
        key = detail["loc"][-1]
        return Finding(path, f"{name} has no {key!r}", f"add the key '{key}'", at_key=True)
    if kind == "extra_forbidden":
        model = _model_at(path[:-1], data)
        meant = did_you_mean(str(path[-1]), model.model_fields)
        known = ", ".join(model.model_fields)
        hint = f"did you mean '{meant}'?" if meant else f"known here: {known}"
        return Finding(path, f"unknown key {name}", hint, at_key=True)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        # The complaint is about the question; its “kind” is what has to be put right.
        place: PartPath = (*path, "kind") if isinstance(here, dict) and "kind" in here else path
        hint = f"known: {', '.join(_KINDS)}"
        return Finding(place, "the question has no known kind", f"write “kind: …”; {hint}")
    if kind in {"model_type", "model_attributes_type", "dict_type", "tuple_type", "string_type"}:
        wanted = {"tuple_type": "a list", "string_type": "text"}.get(kind, "a map")
        return Finding(path, f"{name} must be {wanted}, not {kind_of(found)}", "")
    if kind == "string_pattern_mismatch":
        what, hint = _PATTERNS[detail["ctx"]["pattern"]]
        return Finding(path, f"{quoted(found)} {what}", hint)
    message = detail["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return Finding(path, f"{name}: {message[:1].lower()}{message[1:]}", "")


def _counts_only_valid_entries(detail: ErrorDetails) -> bool:
    """Whether a list is long enough and pydantic only left its faulty entries out."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _without_kind(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A location without the kind of question that pydantic names in it: “text” is a key, too."""
    return location if location[:1] != ("questions",) else (*location[:2], *location[3:])


def _locate(location: tuple[str | int, ...], data: Any) -> tuple[PartPath, Any]:
    """The deepest part that a complaint's location leads to, past pydantic's own words in it."""
    path: PartPath = ()
    here = data
    for step in location:
        in_map = isinstance(here, dict) and step in here
        in_list = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if in_map or in_list:
            here = here[step]
            path = (*path, step)
    return path, here


def _model_at(path: PartPath, data: Any) -> type[BaseModel]:
    if not path:
        return QuestionSet
    if "options" in path:
        return Option
    _, question = _locate(path, data)
    return _KINDS[question["kind"]]


def _faults(document: SourceDocument, file_stem: str) -> Iterator[Finding]:
    """Rules that span parts; whatever has a wrong shape is passed over."""
    data = document.data
    if not isinstance(data, dict):
        return
    if isinstance(data.get("id"), str) and data["id"] != file_stem:
        hint = f"write “id: {file_stem}”, or rename the file"
        yield Finding(("id",), f"the id {quoted(data['id'])} is not the file's name", hint)
    yield from _languages(data)
    yield from _repeated_ids(document, ("questions",))
    for index, question in enumerate(_maps(data.get("questions"))):
        path = ("questions", index)
        yield from _repeated_ids(document, (*path, "options"))
        low, high = question.get("lowest"), question.get("highest")
        if isinstance(low, int) and isinstance(high, int) and low >= high:
            yield Finding((*path, "highest"), f"{high} is not above {low}", "write a higher number")
    for side in _NEEDED.get(file_stem, ()):
        if not any(_is_asked(question, side) for question in _maps(data.get("questions"))):
            yield Finding(
                ("questions",), f"no question is for the {side}", f"write “asked: [{side}]”"
            )


def _is_asked(question: dict[str, Any], side: Side) -> bool:
    asked = question.get("asked")
    return not isinstance(asked, list) or side.value in asked


def _maps(parts: Any) -> list[dict[str, Any]]:
    """The list's entries, an empty map for one of another shape: positions stay right."""
    entries = parts if isinstance(parts, list) else []
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def _repeated_ids(document: SourceDocument, path: PartPath) -> Iterator[Finding]:
    _, entries = _locate(path, document.data)
    first: dict[str, PartPath] = {}
    for index, entry in enumerate(_maps(entries)):
        identifier, place = entry.get("id"), (*path, index, "id")
        if not isinstance(identifier, str):
            continue
        if identifier in first:
            line, _ = document.position(first[identifier])
            hint = f"the first is on line {line}; give this one another id"
            yield Finding(place, f"the id {quoted(identifier)} is used twice", hint)
        first.setdefault(identifier, place)


def _languages(data: dict[str, Any]) -> Iterator[Finding]:
    declared = data.get("languages")
    if not isinstance(declared, list) or not all(isinstance(code, str) for code in declared):
        return
    for path, text in _texts((), data):
        if isinstance(text, dict):
            missing = [code for code in declared if code not in text]
            unknown = [code for code in text if code not in declared]
        else:
            missing, unknown = declared[1:], []
        if missing:
            hint = f"write {{{', '.join(f'{code}: …' for code in declared)}}}"
            yield Finding(path, f"missing language {', '.join(missing)}", hint, at_key=True)
        for code in unknown:
            hint = "add it to “languages” or remove it"
            what = f"the language {quoted(code)} is not declared"
            yield Finding((*path, code), what, hint, at_key=True)


def _texts(path: PartPath, part: Any) -> Iterator[tuple[PartPath, Any]]:
    if isinstance(part, list):
        for index, entry in enumerate(part):
            yield from _texts((*path, index), entry)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in _TEXT_KEYS:
                if isinstance(value, str | dict):
                    yield (*path, key), value
            else:
                yield from _texts((*path, key), value)
