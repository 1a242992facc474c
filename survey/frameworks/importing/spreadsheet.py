"""Frameworks out of a table: one row an indicator, and a few rows of other kinds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import get_args

from survey.frameworks.findings import did_you_mean
from survey.frameworks.importing.outline import (
    ImportedScale,
    Item,
    LeftOut,
    Outline,
    Section,
    Words,
)
from survey.frameworks.importing.plain_words import plain_words
from survey.frameworks.importing.refusals import refused
from survey.frameworks.importing.scales import usual_scale
from survey.frameworks.importing.tables import TableRow, read_rows
from survey.frameworks.model import LANGUAGE_CODE, CompetencyKind
from survey.frameworks.problems import FrameworkError, Problem, quoted
from survey.frameworks.rater_groups import GROUP_KEY, STANDARD_KEYS

KINDS_OF_ROW = (
    "indicator",
    "open question",
    "framework",
    "scale point",
    "scale question",
    "not observed",
)
_KINDS: tuple[str, ...] = get_args(CompetencyKind)
_PLAIN = ("row", "competency id", "kind", "id")
_IN_LANGUAGES = ("competency", "description", "text")
_HEAD = re.compile(r"(.*?)\s*[\[(]\s*([A-Za-z0-9-]{2,20})\s*[\])]")
_OWN_GROUP = "group:"
_START = "start with the template"


@dataclass(frozen=True)
class _Column:
    place: int
    name: str
    # None where a column has no language of its own.
    language: str | None
    group: str | None = None


@dataclass
class _Row:
    number: int
    plain: dict[str, str] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)
    wording: dict[str, Words] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> Words:
        """What the column named text says."""
        return self.words.get("text", {})


def read_table_of_framework(content: bytes, file_name: str, *, is_workbook: bool) -> Outline:
    """The outline of a framework. Raises FrameworkError; its lines are the table's rows."""
    rows = read_rows(content, file_name, is_workbook=is_workbook)
    return _Table(rows, file_name).outline()


class _Table:
    def __init__(self, rows: list[TableRow], file_name: str) -> None:
        self._file_name = file_name
        self._left_out = LeftOut()
        self._problems: list[Problem] = []
        number, heads = rows[0]
        self._columns = self._find_columns(number, heads)
        languages = [column.language for column in self._columns if column.language]
        self._default = languages[0] if languages else "en"
        self._rows = [self._row(*row) for row in rows[1:]]
        self._languages = [self._default]
        for code in languages:
            used = any(code in w for row in self._rows for w in row.words.values())
            if used and code not in self._languages:
                self._languages.append(code)

    def outline(self) -> Outline:
        """The whole framework."""
        outline = Outline(
            languages=self._languages,
            title={},
            scale=ImportedScale([]),
            sections=[],
            open_questions=[],
            left_out=self._left_out,
        )
        sections: dict[str, Section] = {}
        section: Section | None = None
        for row in self._rows:
            kind = row.plain.get("row", "") or "indicator"
            if kind == "indicator":
                section = self._indicator(row, sections, section)
            elif kind == "open question":
                if self._has_text(row, "the question"):
                    item = Item(row.text, row.plain.get("id", ""), row.wording)
                    outline.open_questions.append(item)
            else:
                self._other(kind, row, outline)
        outline.sections = [one for one in sections.values() if one.items]
        if not outline.sections and not self._problems:
            self._problem(self._rows[-1].number if self._rows else 1, 1, "no indicator", _START)
        if self._problems:
            raise FrameworkError(self._problems)
        if not outline.scale.labels:
            usual = usual_scale(self._languages)
            usual.question, usual.not_observed = outline.scale.question, outline.scale.not_observed
            outline.scale = usual
            self._left_out.note("the table has no scale points: a usual scale was put in")
        return outline

    def _find_columns(self, number: int, heads: list[str]) -> list[_Column]:
        columns: dict[tuple[str, str | None, str | None], _Column] = {}
        for place, head in enumerate(heads):
            if not head:
                continue
            column = _column(place, head)
            if column is None:
                self._left_out.note("columns that are not known", head[:60])
                continue
            key = (column.name, column.group, column.language)
            if key in columns:
                what = f"two columns are named {quoted(head)}"
                self._problem(number, place + 1, what, "keep one of them")
            columns.setdefault(key, column)
        names = {column.name for column in columns.values()}
        for name in ("competency", "text"):
            if name not in names and not (name == "competency" and "competency id" in names):
                meant = did_you_mean(name, [head.lower() for head in heads])
                hint = f"is {quoted(meant)} the one?" if meant else _START
                raise refused(self._file_name, f"no column is named “{name}”", hint, line=number)
        return list(columns.values())

    def _row(self, number: int, cells: list[str]) -> _Row:
        row = _Row(number)
        for column in self._columns:
            written = cells[column.place] if column.place < len(cells) else ""
            text = plain_words(written, self._left_out, f"row {number}")
            if not text:
                continue
            row.columns.setdefault(column.name, column.place + 1)
            code = column.language or self._default
            if column.group is not None:
                row.wording.setdefault(column.group, {})[code] = text
            elif column.name in _IN_LANGUAGES:
                row.words.setdefault(column.name, {})[code] = text
            else:
                row.plain[column.name] = text.lower() if column.name in ("row", "kind") else text
        return row

    def _indicator(
        self, row: _Row, sections: dict[str, Section], before: Section | None
    ) -> Section | None:
        name, title = row.plain.get("competency id", ""), row.words.get("competency", {})
        key = name or title.get(self._default) or next(iter(title.values()), "")
        if key:
            section = sections.setdefault(key, Section({}, id=name))
            section.title = section.title or title
        elif before is not None:
            section = before
        else:
            hint = "name the competency here; rows below go on with it"
            self._problem(row.number, 1, "the indicator has no competency", hint)
            return None
        section.description = section.description or row.words.get("description", {})
        kind = row.plain.get("kind")
        if kind in _KINDS:
            section.kind = kind
        elif kind:
            what = f"{quoted(kind)} is no kind of competency"
            hint = f"write {', '.join(_KINDS[:-1])} or {_KINDS[-1]}"
            self._problem(row.number, row.columns["kind"], what, hint)
        if self._has_text(row, "the indicator"):
            section.items.append(Item(row.text, row.plain.get("id", ""), row.wording))
        return section

    def _other(self, kind: str, row: _Row, outline: Outline) -> None:
        if kind == "framework":
            outline.id = outline.id or row.plain.get("id", "")
            outline.title = outline.title or row.text
            outline.description = outline.description or row.words.get("description", {})
        elif kind == "scale point":
            self._scale_point(row, outline.scale)
        elif kind == "scale question":
            outline.scale.question = row.text
        elif kind == "not observed":
            outline.scale.not_observed = row.text
        else:
            meant = did_you_mean(kind, KINDS_OF_ROW)
            hint = f"did you mean “{meant}”?" if meant else f"write {', '.join(KINDS_OF_ROW)}"
            self._problem(row.number, row.columns["row"], f"{quoted(kind)} is no row", hint)

    def _scale_point(self, row: _Row, scale: ImportedScale) -> None:
        if not self._has_text(row, "the scale point"):
            return
        written = row.plain.get("id", "")
        if written and not re.fullmatch(r"-?[0-9]{1,3}", written, re.ASCII):
            what = f"the scale point's id is {quoted(written)}, which is no number"
            self._problem(row.number, row.columns["id"], what, "write its value, such as 1")
            return
        value = int(written) if written else scale.lowest + len(scale.labels)
        if not scale.labels:
            scale.lowest = value
        elif value != scale.lowest + len(scale.labels):
            what = f"the scale point {value} does not follow {scale.lowest + len(scale.labels) - 1}"
            self._problem(row.number, row.columns["id"], what, "list them from low to high, by one")
            return
        scale.labels.append(row.text)

    def _has_text(self, row: _Row, name: str) -> bool:
        if row.text:
            return True
        self._problem(row.number, 1, f"{name} has no text", "fill in its column “text”")
        return False

    def _problem(self, line: int, column: int, what: str, hint: str) -> None:
        self._problems.append(Problem(self._file_name, line, column, what, hint))


def _column(place: int, head: str) -> _Column | None:
    """What a column is for, by its name; None when it is not known."""
    name, language = head, None
    if parted := _HEAD.fullmatch(head):
        name, language = parted.groups()
        if not re.fullmatch(LANGUAGE_CODE, language):
            return None
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())
    if folded in _PLAIN:
        return _Column(place, folded, None)
    if folded in _IN_LANGUAGES:
        return _Column(place, folded, language)
    key = folded.replace(" ", "_")
    if key in STANDARD_KEYS:
        return _Column(place, key, language, group=key)
    own = folded.removeprefix(_OWN_GROUP).strip().replace(" ", "_")
    if folded.startswith(_OWN_GROUP) and GROUP_KEY.fullmatch(own):
        return _Column(place, own, language, group=own)
    return None
