"""The parts of a framework in the making as fields of forms, and what was typed put back.

A form shows one language at a time: the default one, where parts are added and moved, or another
beside the words that are to be translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from flask import request
from flask_babel import gettext as _

from survey.frameworks.lint import RULE_IDS, PlacedAdvice
from survey.frameworks.model import ROUND_KINDS
from survey.frameworks.rater_groups import SELF, STANDARD_GROUPS, STANDARD_KEYS
from survey.frameworks.sketch import (
    Fault,
    Sketch,
    SketchCompetency,
    SketchPoint,
    SketchQuestion,
    SketchStatement,
    Words,
)
from survey.frameworks.source_document import Path
from survey.frameworks.yaml_text import UNWANTED_CHARACTERS
from survey.languages.group_names import group_name

MOST_STATEMENTS, MOST_QUESTIONS, MOST_POINTS, FEWEST_POINTS = 12, 8, 10, 3
_MOVES = {"up": -1, "down": 1}

Part = TypeVar("Part")


@dataclass(frozen=True)
class TextField:
    """One text in one language. `original` is what it translates; empty in the default language.

    `of` names the part that it belongs to, where a page has many such fields; `accept` the boxes by
    which advice on it is accepted, empty where none can be.
    """

    name: str
    label: str
    value: str
    language: str
    rows: int = 1
    hint: str = ""
    optional: bool = False
    original: str = ""
    original_language: str = ""
    of: str = ""
    accept: str = ""
    errors: Sequence[str] = ()
    advice: Sequence[PlacedAdvice] = ()


@dataclass(frozen=True)
class Row:
    """A part that a form lists: a statement, question or point, with its fields.

    `others` are the fields that most authors need not see; `accepted` the rules whose advice the
    author has accepted.
    """

    number: int
    id: str
    fields: list[TextField]
    others: list[TextField] = field(default_factory=list)
    groups: Sequence[str] = ()
    rounds: Sequence[str] = ()
    value: int | str = ""
    advice: Sequence[PlacedAdvice] = ()
    accepted: Sequence[str] = ()


class Fields:
    """Makes the fields of a sketch's parts, in one language, each with what is said about it."""

    def __init__(
        self,
        sketch: Sketch,
        language: str,
        faults: Iterable[Fault],
        advice: Iterable[PlacedAdvice],
    ) -> None:
        """Faults are those to be shown: none on a form that somebody has not filled in yet."""
        self.sketch, self.language = sketch, language
        self.translating = language != sketch.default_language
        self._faults = list(faults)
        self._advice = list(advice)

    def text(
        self,
        path: Path,
        words: Words,
        label: str,
        *,
        rows: int = 1,
        hint: str = "",
        optional: bool = False,
        of: str = "",
    ) -> TextField:
        """The field of a text."""
        ours = self.language
        return TextField(
            field_name(path),
            label,
            words.get(ours, ""),
            ours,
            rows,
            hint,
            optional,
            self.sketch.in_default(words) if self.translating else "",
            self.sketch.default_language,
            of,
            self._accept(path),
            [one.what for one in self._faults if one.path == path and one.language in ("", ours)],
            [one for one in self._advice if one.path in (path, (*path, ours))],
        )

    def _accept(self, path: Path) -> str:
        """Advice on a statement or competency can be accepted, in the default language."""
        if self.translating or path[0] != "competencies":
            return ""
        return f"s{path[3]}-ok" if path[2] == "indicators" else "ok"

    def details(self) -> list[TextField]:
        """Title and description of the whole."""
        sketch = self.sketch
        about = _("What it is for, and for whom.")
        return [
            self.text(("title",), sketch.title, _("Title")),
            self.text(("description",), sketch.description, _("Description"), rows=3, hint=about),
        ]

    def scale(self) -> tuple[list[Row], list[TextField]]:
        """The points of the scale, and the texts beside them."""
        sketch = self.sketch
        rows = []
        for place, point in enumerate(sketch.points):
            path: Path = ("scale", "points", place, "label")
            label = _("Label of point %(value)s", value=point.value)
            one = self.text(path, point.label, label)
            rows.append(Row(place, "", [one], value=point.value))
        asked = _("What the points answer. Raters read it above the statements.")
        return rows, [
            self.text(
                ("scale", "question"),
                sketch.scale_question,
                _("Question of the scale"),
                rows=2,
                hint=asked,
                optional=True,
            ),
            self.text(
                ("scale", "not_observed"),
                sketch.not_observed,
                _("Answer that gives no rating"),
                hint=_("Such as “Not able to say”."),
            ),
        ]

    def competency(self, place: int) -> list[TextField]:
        """Title and description of a competency."""
        part, path = self.sketch.competencies[place], ("competencies", place)
        return [
            self.text((*path, "title"), part.title, _("Title")),
            self.text(
                (*path, "description"),
                part.description,
                _("Description"),
                rows=2,
                hint=_("What it means, in a sentence or two. Raters read it."),
            ),
        ]

    def statements(self, place: int, blank: int) -> list[Row]:
        """The statements of a competency, and as many empty rows behind them."""
        part = self.sketch.competencies[place]
        rows = []
        listed = [*part.statements, *(SketchStatement() for _n in range(blank))]
        most = max(MOST_STATEMENTS, len(part.statements))
        for number, statement in enumerate(listed[:most]):
            path: Path = ("competencies", place, "indicators", number)
            of = _("Statement %(number)s", number=number + 1)
            fields = [
                self.text(
                    (*path, "text"),
                    statement.text,
                    _("As others read it"),
                    rows=2,
                    hint=_("After the mentee’s name, without a subject: “Explains decisions”."),
                    of=of,
                ),
                self.text(
                    (*path, "wording", SELF.key),
                    statement.wording.get(SELF.key, {}),
                    _("As the mentee reads it"),
                    rows=2,
                    hint=_("In the first person: “I explain my decisions”."),
                    of=of,
                ),
            ]
            others = self._other_words(path, statement.wording, of)
            advice = [one for one in self._advice if one.path[:5] == (*path, "lint_ok")]
            rows.append(
                Row(
                    number,
                    statement.id,
                    fields,
                    others,
                    advice=advice,
                    accepted=statement.lint_ok,
                )
            )
        return rows

    def questions(self, blank: int) -> list[Row]:
        """The open questions, and as many empty rows behind them."""
        rows = []
        listed = [*self.sketch.questions, *(SketchQuestion() for _n in range(blank))]
        for number, question in enumerate(
            listed[: max(MOST_QUESTIONS, len(self.sketch.questions))]
        ):
            path: Path = ("open_questions", number)
            of = _("Question %(number)s", number=number + 1)
            fields = [
                self.text(
                    (*path, "text"),
                    question.text,
                    _("As others read it"),
                    rows=2,
                    hint=_("{mentee} stands for the mentee’s first name."),
                    of=of,
                )
            ]
            own = question.wording.get(SELF.key, {})
            if not self.translating or any(own.values()):
                fields.append(
                    self.text(
                        (*path, "wording", SELF.key),
                        own,
                        _("As the mentee reads it"),
                        rows=2,
                        optional=True,
                        of=of,
                    )
                )
            others = self._other_words(path, question.wording, of)
            rows.append(Row(number, question.id, fields, others, question.groups, question.rounds))
        return rows

    def _other_words(self, path: Path, wording: dict[str, Words], of: str) -> list[TextField]:
        keys = [*STANDARD_KEYS, *(key for key in wording if key not in STANDARD_KEYS)]
        labels = {group.key: group_name(group.label, _) for group in STANDARD_GROUPS}
        return [
            self.text(
                (*path, "wording", key),
                wording.get(key, {}),
                labels.get(key, key),
                rows=2,
                optional=True,
                of=of,
            )
            for key in keys
            # Only what is there can be translated.
            if key != SELF.key and (not self.translating or any(wording.get(key, {}).values()))
        ]

    def elsewhere(self, names: set[str]) -> list[Fault]:
        """Faults of the part in no field that the form shows."""
        return [
            one
            for one in self._faults
            if field_name(one.path) not in names or one.language not in ("", self.language)
        ]


def field_name(path: Path) -> str:
    """The name of the field for the text at a path, which is its id on the page too."""
    match path:
        case ("scale", "points", int(place), *_rest):
            return f"p{place}"
        case ("scale", str(key)):
            return key
        case ("competencies", int(), "indicators", int(number), "wording", str(group)):
            return f"s{number}-{group}"
        case ("competencies", int(), "indicators", int(number), *_rest):
            return f"s{number}"
        case ("competencies", int(), str(key)):
            return key
        case ("open_questions", int(number), "wording", str(group)):
            return f"q{number}-{group}"
        case ("open_questions", int(number), *_rest):
            return f"q{number}"
    return str(path[0]) if path else ""


def field_label(path: Path) -> str:
    """What a field is called away from its form, such as "Statement 2, As others read it"."""
    of = label = ""
    match path:
        case ("scale", "points", int(place), *_rest):
            label = _("Point %(number)s", number=place + 1)
        case ("scale", "question"):
            label = _("Question of the scale")
        case ("scale", "not_observed"):
            label = _("Answer that gives no rating")
        case ("competencies", int(), "indicators", int(number), *rest):
            of, label = _("Statement %(number)s", number=number + 1), _label_of_words(rest)
        case ("open_questions", int(number), *rest):
            of, label = _("Question %(number)s", number=number + 1), _label_of_words(rest)
        case (*_path, "title"):
            label = _("Title")
        case (*_path, "description"):
            label = _("Description")
    return ", ".join(filter(None, (of, label)))


def _label_of_words(rest: list[str | int]) -> str:
    labels = {group.key: group_name(group.label, _) for group in STANDARD_GROUPS}
    labels[SELF.key] = _("As the mentee reads it")
    match rest:
        case ["text"]:
            return str(_("As others read it"))
        case ["wording", str(group)]:
            return labels.get(group, group)
    return ""


def take_details(sketch: Sketch, language: str) -> None:
    """Put what was typed about the whole into a sketch."""
    _take(sketch.title, language, "title")
    _take(sketch.description, language, "description", lines=True)


def take_scale(sketch: Sketch, language: str) -> None:
    """Put what was typed about the scale into a sketch, and add or remove a point if asked to."""
    for place, point in enumerate(sketch.points):
        _take(point.label, language, f"p{place}")
    _take(sketch.scale_question, language, "question")
    _take(sketch.not_observed, language, "not_observed")
    deed = request.form.get("deed", "")
    if deed == "add" and len(sketch.points) < MOST_POINTS:
        last = sketch.points[-1].value if sketch.points else 0
        value = last + 1 if isinstance(last, int) else len(sketch.points) + 1
        sketch.points.append(SketchPoint(value))
    elif deed == "remove" and len(sketch.points) > FEWEST_POINTS:
        sketch.points.pop()


def take_competency(part: SketchCompetency, language: str, *, translating: bool) -> None:
    """Put what was typed about a competency and its statements into it, and move or remove one."""
    _take(part.title, language, "title")
    _take(part.description, language, "description", lines=True)
    kind = request.form.get("kind", "")
    if kind in ("knowledge", "skill", "behaviour"):
        part.kind = kind
        part.lint_ok = _accepted("ok", part.lint_ok)
    known = {one.id: one for one in part.statements}
    listed: list[SketchStatement] = []
    for number in range(_sent("s", MOST_STATEMENTS)):
        name = request.form.get(f"s{number}-id", "")
        statement = known.pop(name, None) or SketchStatement()
        _take(statement.text, language, f"s{number}")
        _take_wording(statement.wording, language, f"s{number}")
        if not translating:
            statement.lint_ok = _accepted(f"s{number}-ok", statement.lint_ok)
        if statement.id or any(statement.text.values()) or any(map(_any, _of(statement))):
            listed.append(statement)
    # What another tab has added in the meantime stays.
    part.statements = [*listed, *known.values()]
    if not translating:
        move(part.statements)


def take_questions(sketch: Sketch, language: str, *, translating: bool) -> None:
    """Put what was typed about the open questions into a sketch, and move or remove one."""
    known = {one.id: one for one in sketch.questions}
    listed: list[SketchQuestion] = []
    for number in range(_sent("q", MOST_QUESTIONS)):
        question = known.pop(request.form.get(f"q{number}-id", ""), None) or SketchQuestion()
        _take(question.text, language, f"q{number}")
        _take_wording(question.wording, language, f"q{number}")
        if not translating and f"q{number}-id" in request.form:
            rounds = request.form.getlist(f"q{number}-rounds")
            question.rounds = [] if len(set(rounds)) == len(ROUND_KINDS) else _known(rounds)
            own = [key for key in question.groups if key not in STANDARD_KEYS]
            groups = [*_known(request.form.getlist(f"q{number}-groups")), *own]
            question.groups = [] if set(STANDARD_KEYS) <= set(groups) else groups
        if question.id or any(question.text.values()):
            listed.append(question)
    sketch.questions = [*listed, *known.values()]
    if not translating:
        move(sketch.questions)


def move(parts: list[Part]) -> None:
    """Move or remove the part that the pressed button names: "up-2", "down-0", "remove-1"."""
    deed, _dash, place = request.form.get("deed", "").partition("-")
    if not place.isdecimal() or int(place) >= len(parts):
        return
    here = int(place)
    if deed == "remove":
        del parts[here]
    elif deed in _MOVES and 0 <= here + _MOVES[deed] < len(parts):
        parts.insert(here + _MOVES[deed], parts.pop(here))


def typed(name: str, *, lines: bool = False) -> str:
    """What was typed into a field, without what no text may hold; on one line unless `lines`."""
    text = UNWANTED_CHARACTERS.sub("", request.form.get(name, "").replace("\r\n", "\n"))
    return text.strip() if lines else " ".join(text.split())


def _take(words: Words, language: str, name: str, *, lines: bool = False) -> None:
    if name in request.form:
        words[language] = typed(name, lines=lines)


def _take_wording(wording: dict[str, Words], language: str, name: str) -> None:
    for key in {*STANDARD_KEYS, *wording}:
        if f"{name}-{key}" in request.form:
            words = wording.setdefault(key, {})
            _take(words, language, f"{name}-{key}")
            if not any(words.values()):
                del wording[key]


def _sent(prefix: str, most: int) -> int:
    """How many rows the form had; a few more than may be kept, so that the check can say so."""
    number = 0
    while number < most + 8 and f"{prefix}{number}-id" in request.form:
        number += 1
    return number


def _accepted(name: str, before: list[str]) -> list[str]:
    """The rules that are ticked, among those that there are and those that stood there."""
    known = RULE_IDS | set(before)
    return [rule for rule in dict.fromkeys(request.form.getlist(name)) if rule in known]


def _known(values: list[str]) -> list[str]:
    known = {*STANDARD_KEYS, *ROUND_KINDS}
    return [value for value in dict.fromkeys(values) if value in known]


def _of(statement: SketchStatement) -> list[Words]:
    return list(statement.wording.values())


def _any(words: Words) -> bool:
    return any(words.values())
