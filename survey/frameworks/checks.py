"""Rules that span parts of a framework, checked on the plain data of its file.

The data may still have any shape: these checks run besides the models' own, so that an author sees
all faults at once. They pass over whatever has a wrong shape, which the models complain about.
"""

import re
from collections.abc import Iterator
from typing import Any

from survey.frameworks.findings import Finding, did_you_mean, meant_word
from survey.frameworks.problems import quoted
from survey.frameworks.rater_groups import GROUP_KEY, SELF, STANDARD_KEYS
from survey.frameworks.source_document import Path, SourceDocument
from survey.frameworks.texts import MENTEE_PLACEHOLDER
from survey.languages.message import Message, counted_message

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
    yield from _repeats(
        document, Message("competency id"), _entries(document.data, (), "competencies")
    )
    yield from _repeats(document, Message("id"), _items(document.data))


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
                Message("the %(name)s %(id)s is used twice", name=name, id=quoted(identifier)),
                Message("the first is on line %(line)s; give this one another id", line=line),
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
                        (*path, index),
                        Message("%(entry)s is listed twice", entry=quoted(entry)),
                        Message("remove one of them"),
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
                Message(
                    "the value %(value)s does not follow %(previous)s",
                    value=value,
                    previous=previous,
                ),
                Message(
                    "the points of a scale rise by one without a gap; write %(wanted)s",
                    wanted=previous + 1,
                ),
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
            yield Finding(
                path,
                _missing_languages(missing),
                Message("write %(example)s", example=f"{{{example}}}"),
                at_key=True,
            )
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
                    Message("every text needs all of the declared languages"),
                    at_key=True,
                )
            for code in unknown:
                meant = did_you_mean(code, declared)
                yield Finding(
                    (*path, code),
                    Message("the language %(code)s is not declared", code=quoted(code)),
                    meant_word(meant) if meant else Message("add it to “languages” or remove it"),
                    at_key=True,
                )


def _missing_languages(codes: list[str]) -> str:
    return counted_message(
        "missing language %(codes)s",
        "missing languages %(codes)s",
        len(codes),
        codes=", ".join(codes),
    )


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
                        Message("a lone %(brace)s in the text", brace=braced.group()),
                        Message(
                            "braces are only for %(placeholder)s", placeholder=MENTEE_PLACEHOLDER
                        ),
                    )
                    continue
                near = did_you_mean(braced.group(1).strip(), ["mentee"])
                yield Finding(
                    place,
                    Message("unknown placeholder %(found)s", found=quoted(braced.group())),
                    Message("did you mean %(placeholder)s?", placeholder=MENTEE_PLACEHOLDER)
                    if near
                    else Message(
                        "the only placeholder is %(placeholder)s", placeholder=MENTEE_PLACEHOLDER
                    ),
                )


def _missing_self_wording(data: Any) -> Iterator[Finding]:
    for path, indicator in _indicators(data):
        wording = indicator.get("wording", {})
        if isinstance(wording, dict) and SELF.key not in wording:
            place = (*path, "wording") if wording else (*path, "id")
            name = indicator.get("id")
            named = (
                Message("indicator %(id)s", id=quoted(name))
                if isinstance(name, str)
                else Message("this indicator")
            )
            yield Finding(
                place,
                Message("%(part)s has no self wording in the first person", part=named),
                Message("add “wording: {self: I …}”"),
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
            path,
            Message("unknown rater group %(key)s", key=quoted(key)),
            meant_word(meant),
            at_key,
        )
