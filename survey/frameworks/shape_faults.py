"""Turn the models' complaints about shape into sentences that say what would be right."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from survey.frameworks.findings import Finding, did_you_mean, meant_word
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
from survey.languages.message import Message, counted_message

PARTS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Framework,
    ("scale",): Scale,
    ("scale", "points"): LabelledPoint,
    ("competencies",): Competency,
    ("competencies", "indicators"): Indicator,
    ("open_questions",): OpenQuestion,
}

_NAMES: Mapping[type[BaseModel], str] = {
    Framework: Message("the framework"),
    Scale: Message("the scale"),
    LabelledPoint: Message("this point of the scale"),
    Competency: Message("this competency"),
    Indicator: Message("this indicator"),
    OpenQuestion: Message("this open question"),
}

_PATTERNS: Mapping[str, tuple[str, str]] = {
    KEBAB_CASE: (
        "id",
        Message("write lower-case words joined by hyphens, such as explains-why"),
    ),
    SEMVER: ("version", Message("write three numbers joined by dots, such as 1.0.0")),
    LANGUAGE_CODE: ("language", Message("write a code such as en, de or pt-BR")),
    GROUP_KEY_PATTERN: (
        "group",
        Message(
            "write lower-case words joined by underscores, such as %(keys)s",
            keys=", ".join(STANDARD_KEYS),
        ),
    ),
}

_PLACEHOLDER_KEY = MENTEE_PLACEHOLDER.strip("{}")

_LITERALS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "kind": (Message("kind of competency"), get_args(CompetencyKind)),
    "rounds": (Message("kind of round"), ROUND_KINDS),
    "order": (Message("order of statements"), get_args(StatementOrder)),
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
            what = Message("%(part)s has no '%(key)s'", part=name, key=key)
            yield Finding(path, what, Message("add the key '%(key)s'", key=key), at_key=True)


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
        hint = meant_word(meant)
    else:
        hint = Message("known here: %(keys)s", keys=", ".join(known))
    return Finding(path, Message("unknown key %(key)s", key=quoted(key)), hint, at_key=True)


def _explain(detail: ErrorDetails, path: Path, at_key: bool, document: SourceDocument) -> Finding:
    kind = detail["type"]
    found = detail["input"]
    limits = detail.get("ctx", {})
    name = _name(path)
    what: str = detail["msg"]
    hint: str = ""
    if found is None and path[-1:] == (_PLACEHOLDER_KEY,):
        what = Message("a text that begins with { is read as a map")
        hint = Message("put the whole text in quotes")
    elif found is None and not at_key:
        what = Message("%(part)s has no value", part=name)
        hint = Message("write one after the colon, or remove the key")
    elif kind == "string_type":
        what, hint = _not_text(name, found, path, document)
    elif kind == "string_pattern_mismatch":
        complaint, right = _PATTERNS[limits["pattern"]]
        what, hint = _not_of_form(complaint, found), right
        if limits["pattern"] == KEBAB_CASE:
            meant = re.sub(r"[^a-z0-9]+", "-", found.lower()).strip("-")
            hint = meant_word(meant[:60]) if meant else right
        elif limits["pattern"] == GROUP_KEY_PATTERN:
            near = did_you_mean(found.replace("-", "_").replace(" ", "_"), STANDARD_KEYS)
            hint = meant_word(near) if near else right
    elif kind == "string_too_short":
        what = Message("%(part)s is empty", part=name)
        hint = Message("write a text, or remove the key")
    elif kind == "string_too_long":
        most = limits["max_length"]
        what = Message("%(part)s has %(number)s characters", part=name, number=len(found.strip()))
        hint = Message("at most %(most)s are allowed", most=most)
    elif kind == "literal_error":
        what, hint = _not_a_choice(name, found, path)
    elif kind in {"int_type", "int_from_float"}:
        what = Message(
            "%(part)s must be a whole number, not %(found)s",
            part=name,
            found=_shown(found, path, document),
        )
        quotes = isinstance(found, str) and found.isdecimal()
        hint = Message("remove the quotes") if quotes else Message("such as 1")
    elif kind in {"greater_than_equal", "less_than_equal"}:
        what = Message("%(part)s is out of range", part=name)
        hint = Message("values go from -100 to 100")
    elif kind == "too_short":
        least = limits["min_length"]
        what = _entries(name, len(found))
        hint = (
            Message("at least %(least)s needed", least=least)
            if least > 1
            else Message("write at least one")
        )
        if path and path[-1] in {"groups", "rounds"}:
            hint = Message("name at least one, or remove the key to mean every one")
    elif kind == "too_long":
        what = _entries(name, len(found))
        hint = Message("at most %(most)s are allowed", most=limits["max_length"])
    elif kind in {"model_type", "dict_type", "tuple_type"}:
        if kind == "tuple_type":
            what = Message(
                "%(part)s must be a list, not %(found)s", part=name, found=kind_of(found)
            )
            hint = Message("write each entry after a dash")
        else:
            what = Message("%(part)s must be a map, not %(found)s", part=name, found=kind_of(found))
            hint = Message("write “key: value”")
    return Finding(path, what, hint, at_key)


def _name(path: Path) -> str:
    if not path:
        return Message("the file")
    if isinstance(path[-1], int):
        return Message("entry %(number)s of '%(list)s'", number=path[-1] + 1, list=str(path[-2]))
    return quoted(path[-1])


def _not_of_form(what: str, found: object) -> Message:
    """That a value is not of the form that an id, version, language or group has."""
    shown = quoted(found)
    return {
        "id": Message("%(found)s is no id", found=shown),
        "version": Message("%(found)s is no version", found=shown),
        "language": Message("%(found)s is no language code", found=shown),
        "group": Message("%(found)s is no key of a rater group", found=shown),
    }[what]


def _entries(name: str, number: int) -> Message:
    if not number:
        return Message("%(part)s has no entries", part=name)
    return counted_message(
        "%(part)s has %(num)s entry", "%(part)s has %(num)s entries", number, part=name
    )


def _shown(found: object, path: Path, document: SourceDocument) -> str:
    if isinstance(found, dict | list):
        return kind_of(found)
    return document.spellings.get(path) or quoted(found)


def _not_text(name: str, found: object, path: Path, document: SourceDocument) -> tuple[str, str]:
    if isinstance(found, dict | list):
        return (
            Message("%(part)s must be text, not %(found)s", part=name, found=kind_of(found)),
            Message("write a text in one line or in quotes"),
        )
    written = document.spellings.get(path, str(found))
    if path == ("version",):
        # In quotes, 1.0 would be refused as well.
        hint = _PATTERNS[SEMVER][1]
    else:
        hint = Message('put it in quotes: "%(written)s"', written=written)
    return (
        Message(
            "%(part)s must be text, but %(written)s is read as %(kind)s",
            part=name,
            written=written,
            kind=kind_of(found),
        ),
        hint,
    )


def _not_a_choice(name: str, found: object, path: Path) -> tuple[str, str]:
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if key not in _LITERALS:
        hint = (
            Message("write “format: 1”, without quotes")
            if found == "1"
            else Message("write “format: 1”")
        )
        return Message("%(part)s %(found)s is not known", part=name, found=quoted(found)), hint
    thing, choices = _LITERALS[key]
    meant = did_you_mean(found, choices) if isinstance(found, str) else None
    listed = ", ".join(choices)
    hint = (
        Message("did you mean '%(word)s'? (known: %(words)s)", word=meant, words=listed)
        if meant
        else Message("known: %(words)s", words=listed)
    )
    return Message("unknown %(thing)s %(found)s", thing=thing, found=quoted(found)), hint
