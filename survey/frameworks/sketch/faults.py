"""What is wrong with a sketch, by the field that it is about.

The loader finds it, on the YAML that is written from the sketch. Where a field is empty or too
long, forms say so in words of their own, since "remove the key" helps nobody who sees no keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from survey.frameworks.loader import parse_framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.rater_groups import SELF
from survey.frameworks.sketch.parts import Sketch
from survey.frameworks.sketch.writing import write_sketch
from survey.frameworks.source_document import Path
from survey.languages.message import Message

EMPTY = Message("Write something here.")
NOT_TRANSLATED = Message("This is not translated yet.")

_MOST = {"label": 60, "not_observed": 60, "title": 120, "description": 1000}
_MOST_OTHERWISE = 400


@dataclass(frozen=True)
class Fault:
    """Something to put right: at which part, in which language (empty: in none), and what."""

    path: Path
    language: str
    what: str


def longest(path: Path) -> int:
    """How many characters the text at a path may have."""
    return _MOST.get(str(path[-1]), _MOST_OTHERWISE)


def part_of(path: Path) -> tuple[str, int]:
    """The part that a path belongs to: details, languages, scale, competencies, open_questions.

    With the place of the competency; -1 where it is about none.
    """
    first = str(path[0]) if path else ""
    if first == "competencies" and len(path) > 1 and isinstance(path[1], int):
        return first, path[1]
    if first in ("scale", "open_questions", "competencies", "languages"):
        return first, -1
    return "details", -1


def faults_of(sketch: Sketch) -> list[Fault]:
    """All that is wrong, in the order of the parts; none where it loads as a framework."""
    own = list(_of_texts(sketch))
    seen = {fault.path for fault in own}
    try:
        parse_framework(write_sketch(sketch).encode("utf-8", "replace"), "framework.yaml")
    except FrameworkError as error:
        for problem in error.problems:
            if problem.path is None and own:
                # "and 20 more problems": they are listed here already.
                continue
            fault = _at_field(problem, sketch)
            if not _is_said(fault, own, seen):
                own.append(fault)
    else:
        return []
    places = {path: place for place, (path, _, _) in enumerate(sketch.texts())}
    return sorted(own, key=lambda fault: places.get(fault.path, -1))


def _of_texts(sketch: Sketch) -> Iterator[Fault]:
    for path, words, needed in sketch.texts():
        if not needed and not any(words.values()):
            continue
        for code in sketch.languages:
            written = words.get(code, "").strip()
            if not written:
                first = code == sketch.default_language
                yield Fault(path, code, EMPTY if first else NOT_TRANSLATED)
            elif len(written) > longest(path):
                yield Fault(
                    path,
                    code,
                    Message(
                        "This has %(length)s characters; at most %(most)s are allowed.",
                        length=len(written),
                        most=longest(path),
                    ),
                )


def _at_field(problem: Problem, sketch: Sketch) -> Fault:
    path = problem.path or ()
    language = ""
    texts = {one for one, _, _ in sketch.texts()}
    if path not in texts and path[:-1] in texts:
        path, language = path[:-1], str(path[-1])
    elif path in texts and len(sketch.languages) == 1:
        language = sketch.default_language
    what: str = problem.what
    if problem.hint:
        what = Message("%(what)s; %(hint)s", what=problem.what, hint=problem.hint)
    return Fault(path, language, what)


def _is_said(fault: Fault, own: list[Fault], seen: set[Path]) -> bool:
    """Whether a field has a message already; "no self wording" is about the empty field."""
    if (
        fault.path[-1:] in (("id",), ("wording",))
        and (
            *fault.path[:-1],
            "wording",
            SELF.key,
        )
        in seen
    ):
        return True
    if fault.path not in seen:
        return False
    return not fault.language or any(
        (one.path, one.language) == (fault.path, fault.language) for one in own
    )
