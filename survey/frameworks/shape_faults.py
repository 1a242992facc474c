"""Turn the models' complaints about shape into sentences that say what would be right."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from survey.frameworks.findings import Finding, did_you_mean
from survey.frameworks.model import (
    GROUP_KEY_PATTERN,
    KEBAB_CASE,
    LANGUAGE_CODE,
    ROUND_KINDS,
    SEMVER,
    Competency,
    CompetencyKind,
    Framework,
    Indicator,
    LabelledPoint,
    OpenQuestion,
    Scale,
    StatementOrder,
)
from survey.frameworks.problems import quoted
from survey.frameworks.rater_groups import STANDARD_KEYS
from survey.frameworks.source_document import Path, SourceDocument
from survey.frameworks.texts import MENTEE_PLACEHOLDER
from survey.frameworks.yaml_scalars import kind_of

PARTS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Framework,
    ("scale",): Scale,
    ("scale", "points"): LabelledPoint,
    ("competencies",): Competency,
    ("competencies", "indicators"): Indicator,
    ("open_questions",): OpenQuestion,
}

_NAMES: Mapping[type[BaseModel], str] = {
    Framework: "the framework",
    Scale: "the scale",
    LabelledPoint: "this point of the scale",
    Competency: "this competency",
    Indicator: "this indicator",
    OpenQuestion: "this open question",
}

_PATTERNS: Mapping[str, tuple[str, str]] = {
    KEBAB_CASE: ("is no id", "write lower-case words joined by hyphens, such as explains-why"),
    SEMVER: ("is no version", "write three numbers joined by dots, such as 1.0.0"),
    LANGUAGE_CODE: ("is no language code", "write a code such as en, de or pt-BR"),
    GROUP_KEY_PATTERN: (
        "is no key of a rater group",
        "write lower-case words joined by underscores, such as " + ", ".join(STANDARD_KEYS),
    ),
}

_PLACEHOLDER_KEY = MENTEE_PLACEHOLDER.strip("{}")

_LITERALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "kind": ("kind of competency", get_args(CompetencyKind)),
    "rounds": ("kind of round", ROUND_KINDS),
    "order": ("order of statements", get_args(StatementOrder)),
}


def explain_shape_faults(error: ValidationError, document: SourceDocument) -> Iterator[Finding]:
    """Yield a plain finding for each of pydantic's errors about a document's data."""
    details = error.errors(include_url=False)
    suggested: set[Path] = set()
    missing: list[tuple[Path, str]] = []
    for detail in details:
        path, at_key = _locate(detail["loc"], document.data)
        if detail["type"] == "missing":
            missing.append((path, str(detail["loc"][-1])))
        elif _counts_only_valid_entries(detail) or _at_unquoted_placeholder(path, at_key, document):
            continue
        elif detail["type"] == "extra_forbidden":
            yield _unknown_key(path, document.data, suggested)
        else:
            yield _explain(detail, path, at_key, document)
    for path, key in missing:
        # “lable” instead of “label” is one fault, not two.
        if (*path, key) not in suggested:
            name = _NAMES[_part_at(path)]
            yield Finding(path, f"{name} has no {key!r}", f"add the key '{key}'", at_key=True)


def _counts_only_valid_entries(detail: ErrorDetails) -> bool:
    """Tell whether a list is long enough and pydantic only left its faulty entries out."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _at_unquoted_placeholder(path: Path, at_key: bool, document: SourceDocument) -> bool:
    """Tell whether the “language code” complained of is {mentee}; its value gets the complaint."""
    is_placeholder = at_key and path[-1:] == (_PLACEHOLDER_KEY,)
    # Only the value of {mentee}, written like that, is empty; {mentee: x} is a wrong language code.
    return is_placeholder and document.spellings.get(path) == ""


def _locate(location: tuple[str | int, ...], data: Any) -> tuple[Path, bool]:
    """Follow an error's location through the data, past the names that pydantic mixes in.

    Returns the path of the deepest part that exists, and whether its key is meant.
    """
    path: Path = ()
    here: Any = data
    for step in location:
        if isinstance(here, dict):
            exists = step in here
        else:
            exists = isinstance(here, list) and isinstance(step, int) and step < len(here)
        if exists:
            here = here[step]
            path = (*path, step)
    return path, location[-1:] == ("[key]",) and path[-1:] != ("[key]",)


def _part_at(path: Path) -> type[BaseModel]:
    return PARTS[tuple(step for step in path if isinstance(step, str))]


def _unknown_key(path: Path, data: Any, suggested: set[Path]) -> Finding:
    parent, key = path[:-1], str(path[-1])
    here: Any = data
    for step in parent:
        here = here[step]
    known = list(_part_at(parent).model_fields)
    free = [name for name in known if name not in here and (*parent, name) not in suggested]
    meant = did_you_mean(key, free)
    if meant:
        suggested.add((*parent, meant))
        hint = f"did you mean '{meant}'?"
    else:
        hint = f"known here: {', '.join(known)}"
    return Finding(path, f"unknown key {quoted(key)}", hint, at_key=True)


def _explain(detail: ErrorDetails, path: Path, at_key: bool, document: SourceDocument) -> Finding:
    kind = detail["type"]
    found = detail["input"]
    limits = detail.get("ctx", {})
    name = _name(path)
    what, hint = detail["msg"], ""
    if found is None and path[-1:] == (_PLACEHOLDER_KEY,):
        what, hint = "a text that begins with { is read as a map", "put the whole text in quotes"
    elif found is None and not at_key:
        what, hint = f"{name} has no value", "write one after the colon, or remove the key"
    elif kind == "string_type":
        what, hint = _not_text(name, found, path, document)
    elif kind == "string_pattern_mismatch":
        complaint, right = _PATTERNS[limits["pattern"]]
        what, hint = f"{quoted(found)} {complaint}", right
        if limits["pattern"] == KEBAB_CASE:
            meant = re.sub(r"[^a-z0-9]+", "-", found.lower()).strip("-")
            hint = f"did you mean '{meant[:60]}'?" if meant else right
        elif limits["pattern"] == GROUP_KEY_PATTERN:
            near = did_you_mean(found.replace("-", "_").replace(" ", "_"), STANDARD_KEYS)
            hint = f"did you mean '{near}'?" if near else right
    elif kind == "string_too_short":
        what, hint = f"{name} is empty", "write a text, or remove the key"
    elif kind == "string_too_long":
        most = limits["max_length"]
        what = f"{name} has {len(found.strip())} characters"
        hint = f"at most {most} are allowed"
    elif kind == "literal_error":
        what, hint = _not_a_choice(name, found, path)
    elif kind in {"int_type", "int_from_float"}:
        what = f"{name} must be a whole number, not {_shown(found, path, document)}"
        hint = "remove the quotes" if isinstance(found, str) and found.isdecimal() else "such as 1"
    elif kind in {"greater_than_equal", "less_than_equal"}:
        what, hint = f"{name} is out of range", "values go from -100 to 100"
    elif kind == "too_short":
        least = limits["min_length"]
        what = f"{name} has {len(found) or 'no'} entries"
        hint = f"at least {least} needed" if least > 1 else "write at least one"
        if path and path[-1] in {"groups", "rounds"}:
            hint = "name at least one, or remove the key to mean every one"
    elif kind == "too_long":
        what = f"{name} has {len(found)} entries"
        hint = f"at most {limits['max_length']} are allowed"
    elif kind in {"model_type", "dict_type", "tuple_type"}:
        wanted = "a list" if kind == "tuple_type" else "a map"
        what = f"{name} must be {wanted}, not {kind_of(found)}"
        hint = "write each entry after a dash" if kind == "tuple_type" else "write “key: value”"
    return Finding(path, what, hint, at_key)


def _name(path: Path) -> str:
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of '{path[-2]}'"
    return quoted(path[-1])


def _shown(found: object, path: Path, document: SourceDocument) -> str:
    if isinstance(found, dict | list):
        return kind_of(found)
    return document.spellings.get(path) or quoted(found)


def _not_text(name: str, found: object, path: Path, document: SourceDocument) -> tuple[str, str]:
    if isinstance(found, dict | list):
        return f"{name} must be text, not {kind_of(found)}", "write a text in one line or in quotes"
    written = document.spellings.get(path, str(found))
    return f"{name} must be text, but {written} is read as {kind_of(found)}", (
        f'put it in quotes: "{written}"'
    )


def _not_a_choice(name: str, found: object, path: Path) -> tuple[str, str]:
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if key not in _LITERALS:
        hint = "write “format: 1”, without quotes" if found == "1" else "write “format: 1”"
        return f"{name} {quoted(found)} is not known", hint
    thing, choices = _LITERALS[key]
    meant = did_you_mean(found, choices) if isinstance(found, str) else None
    listed = ", ".join(choices)
    hint = f"did you mean '{meant}'? (known: {listed})" if meant else f"known: {listed}"
    return f"unknown {thing} {quoted(found)}", hint
