"""Rules that span parts of a framework, checked on the plain data of its file.

The data may still have any shape: these checks run besides the models' own, so that an author sees
all faults at once. They pass over whatever has a wrong shape, which the models complain about.
"""

import re
from collections.abc import Iterator
from typing import Any

from survey.frameworks.findings import Finding, did_you_mean
from survey.frameworks.problems import quoted
from survey.frameworks.rater_groups import GROUP_KEY, SELF, STANDARD_KEYS
from survey.frameworks.source_document import Path, SourceDocument
from survey.frameworks.texts import MENTEE_PLACEHOLDER

_BRACED = re.compile(r"\{([^{}]*)\}|[{}]")
# Near enough to be a slip ("peer", "managers"), not a group of its own ("customers_eu").
_SLIP = 0.88


def find_faults(document: SourceDocument) -> Iterator[Finding]:
    """Yield a finding for every broken rule that spans parts."""
    yield from _repeated_ids(document)
    yield from _repeated_entries(document)
    yield from _scale_gaps(document.data)
    yield from _languages(document.data)
    yield from _placeholders(document.data)
    yield from _missing_self_wording(document.data)
    yield from _mistyped_groups(document.data)


def _entries(data: Any, path: Path, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the maps in the list under a key, with their paths."""
    entries = data.get(key) if isinstance(data, dict) else None
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, dict):
                yield (*path, key, index), entry


def _indicators(data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path, competency in _entries(data, (), "competencies"):
        yield from _entries(competency, path, "indicators")


def _items(data: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield all that a rater answers: indicators and open questions."""
    yield from _indicators(data)
    yield from _entries(data, (), "open_questions")


def _texts(data: Any) -> Iterator[tuple[Path, Any]]:
    """Yield every text of the framework with its path."""

    def under(path: Path, part: Any, *keys: str) -> Iterator[tuple[Path, Any]]:
        if isinstance(part, dict):
            for key in keys:
                if key in part:
                    yield (*path, key), part[key]

    yield from under((), data, "title", "description")
    if isinstance(data, dict):
        scale = data.get("scale")
        for path, point in _entries(scale, ("scale",), "points"):
            yield from under(path, point, "label")
        yield from under(("scale",), scale, "question", "not_observed")
    for path, competency in _entries(data, (), "competencies"):
        yield from under(path, competency, "title", "description")
    for path, item in _items(data):
        yield from under(path, item, "text")
        wording = item.get("wording")
        if isinstance(wording, dict):
            yield from under((*path, "wording"), wording, *wording)


def _repeated_ids(document: SourceDocument) -> Iterator[Finding]:
    yield from _repeats(document, "competency id", _entries(document.data, (), "competencies"))
    yield from _repeats(document, "id", _items(document.data))


def _repeats(
    document: SourceDocument, name: str, parts: Iterator[tuple[Path, dict[str, Any]]]
) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for part_path, part in parts:
        identifier = part.get("id")
        if not isinstance(identifier, str):
            continue
        path = (*part_path, "id")
        if identifier in first:
            line, _ = document.position(first[identifier])
            yield Finding(
                path,
                f"the {name} {quoted(identifier)} is used twice",
                f"the first is on line {line}; give this one another id",
            )
        else:
            first[identifier] = path


def _repeated_entries(document: SourceDocument) -> Iterator[Finding]:
    lists: list[tuple[Path, Any]] = []
    if isinstance(document.data, dict):
        lists.append((("languages",), document.data.get("languages")))
    for path, question in _entries(document.data, (), "open_questions"):
        lists += [((*path, key), question.get(key)) for key in ("groups", "rounds")]
    for path, entries in lists:
        if not isinstance(entries, list):
            continue
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            if isinstance(entry, str):
                if entry in seen:
                    yield Finding(
                        (*path, index), f"{quoted(entry)} is listed twice", "remove one of them"
                    )
                seen.add(entry)


def _scale_gaps(data: Any) -> Iterator[Finding]:
    scale = data.get("scale") if isinstance(data, dict) else None
    previous: int | None = None
    for path, point in _entries(scale, ("scale",), "points"):
        value = point.get("value")
        # True is an int to Python; the model has said what is wrong with it.
        if not isinstance(value, int) or isinstance(value, bool):
            previous = None
            continue
        if previous is not None and value != previous + 1:
            yield Finding(
                (*path, "value"),
                f"the value {value} does not follow {previous}",
                f"the points of a scale rise by one without a gap; write {previous + 1}",
            )
        previous = value


def _languages(data: Any) -> Iterator[Finding]:
    languages = data.get("languages") if isinstance(data, dict) else None
    if not isinstance(languages, list):
        return
    declared = [code for code in languages if isinstance(code, str)]
    if not declared or len(declared) != len(languages):
        return
    for path, text in _texts(data):
        if isinstance(text, str) and len(set(declared)) > 1:
            missing = declared[1:]
            example = ", ".join(f"{code}: …" for code in declared)
            yield Finding(path, _missing_languages(missing), f"write {{{example}}}", at_key=True)
        elif isinstance(text, dict) and text:
            missing = [code for code in declared if code not in text]
            unknown = [code for code in text if code not in declared]
            if text.get(MENTEE_PLACEHOLDER.strip("{}"), "") is None:
                # A text that begins with {mentee}, without quotes; the shape check explains it.
                continue
            if missing:
                yield Finding(
                    path,
                    _missing_languages(missing),
                    "every text needs all of the declared languages",
                    at_key=True,
                )
            for code in unknown:
                meant = did_you_mean(code, declared)
                yield Finding(
                    (*path, code),
                    f"the language {quoted(code)} is not declared",
                    f"did you mean '{meant}'?" if meant else "add it to “languages” or remove it",
                    at_key=True,
                )


def _missing_languages(codes: list[str]) -> str:
    return f"missing language{'s' if len(codes) > 1 else ''} {', '.join(codes)}"


def _placeholders(data: Any) -> Iterator[Finding]:
    for path, text in _texts(data):
        translations = text.items() if isinstance(text, dict) else [(None, text)]
        for language, words in translations:
            if not isinstance(words, str):
                continue
            place = path if language is None else (*path, language)
            for braced in _BRACED.finditer(words):
                if braced.group() == MENTEE_PLACEHOLDER:
                    continue
                if braced.group(1) is None:
                    yield Finding(
                        place,
                        f"a lone {braced.group()} in the text",
                        f"braces are only for {MENTEE_PLACEHOLDER}",
                    )
                    continue
                near = did_you_mean(braced.group(1).strip(), ["mentee"])
                yield Finding(
                    place,
                    f"unknown placeholder {quoted(braced.group())}",
                    f"did you mean {MENTEE_PLACEHOLDER}?"
                    if near
                    else f"the only placeholder is {MENTEE_PLACEHOLDER}",
                )


def _missing_self_wording(data: Any) -> Iterator[Finding]:
    for path, indicator in _indicators(data):
        wording = indicator.get("wording", {})
        if isinstance(wording, dict) and SELF.key not in wording:
            place = (*path, "wording") if wording else (*path, "id")
            name = indicator.get("id")
            named = f"indicator {quoted(name)}" if isinstance(name, str) else "this indicator"
            yield Finding(
                place,
                f"{named} has no self wording in the first person",
                "add “wording: {self: I …}”",
                at_key=True,
            )


def _mistyped_groups(data: Any) -> Iterator[Finding]:
    for path, item in _items(data):
        wording = item.get("wording")
        if isinstance(wording, dict):
            for key in wording:
                yield from _mistyped_group((*path, "wording", key), key, at_key=True)
        groups = item.get("groups")
        if isinstance(groups, list):
            for index, key in enumerate(groups):
                yield from _mistyped_group((*path, "groups", index), key, at_key=False)


def _mistyped_group(path: Path, key: object, *, at_key: bool) -> Iterator[Finding]:
    # Any well-formed key may be a group that a mentor adds, so a slip would pass unnoticed and the
    # group would read the wrong words.
    if not isinstance(key, str) or key in STANDARD_KEYS or not GROUP_KEY.fullmatch(key):
        return
    meant = did_you_mean(key, STANDARD_KEYS, cutoff=_SLIP)
    if meant:
        yield Finding(
            path, f"unknown rater group {quoted(key)}", f"did you mean '{meant}'?", at_key
        )
