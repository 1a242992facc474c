"""The report as an Excel workbook: figures as real numbers, texts as texts.

Sheets, headings and words are in the reader's language; ids of competencies are the framework's.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.packaging.core import DocumentProperties
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from survey.languages.marks import N_
from survey.report.cells import (
    ChangeRow,
    ReportCell,
    change_rows,
    comment_rows,
    report_cells,
)
from survey.report.comparison_words import comparison_summary
from survey.report.feedback_report import FeedbackReport
from survey.report.plain_text import may_be_formula
from survey.report.wording import Wording

Value = str | int | float | dt.date | None


@dataclass(frozen=True)
class _Column:
    title: str
    width: int
    format: str = "General"
    wrap: bool = False
    point: int = 0

    def heading(self, words: Wording) -> str:
        """The title in a language; `point` is the point of the scale that it may name."""
        return words.gettext(self.title, point=self.point)


_DAY = "yyyy-mm-dd"
_MEAN = "0.00"
_CHANGE = "+0.00;-0.00;0.00"
_P = "0.000"
_ROUND = (_Column(N_("Round"), 10), _Column(N_("Closed on"), 12, _DAY))
_COMPETENCY = (_Column(N_("Competency id"), 26), _Column(N_("Competency"), 36))
_FIGURES = (
    _Column(N_("Group"), 27),
    _Column(N_("Anonymous"), 12),
    _Column("n", 6, "0"),
    _Column(N_("Mean"), 8, _MEAN),
    _Column(N_("Mean is"), 10),
    _Column(N_("SD"), 8, _MEAN),
)
_CHANGES = (
    _Column(N_("What is compared"), 20),
    _Column(N_("Level"), 12),
    _Column(N_("Competency id"), 26),
    _Column(N_("Competency"), 36),
    _Column(N_("Goal"), 8),
    _Column(N_("Groups that count"), 44),
    _Column(N_("Change"), 9, _CHANGE),
    _Column(N_("Change is"), 10),
    _Column(N_("Interval from"), 13, _CHANGE),
    _Column(N_("Interval to"), 13, _CHANGE),
    _Column("p", 8, _P),
    _Column(N_("Error of p"), 11, _P),
    _Column(N_("p is exact"), 11),
    _Column(N_("Holm's p"), 9, _P),
    _Column(N_("BH's p"), 9, _P),
    _Column("g", 8, _MEAN),
    _Column("A", 8, "0%"),
    _Column(N_("Typical shift"), 13, _CHANGE),
    _Column(N_("Verdict"), 18),
)
_COMMENTS = (
    _Column(N_("Question"), 40, wrap=True),
    _Column(N_("Group"), 27),
    _Column(N_("Comment"), 100, wrap=True),
)
_README = (
    N_(
        "Confidential. Everything in this file stands in the report as well: figures of groups "
        "with enough answers. What is withheld there has no row here."
    ),
    N_(
        "Figures: competencies by group and round. Statements: the same for single statements. "
        "Change: what changed, and how sure that is. Comments: word for word, in random order."
    ),
    N_(
        "All raters is the plain mean of the groups' means, without self. Figures are not rounded; "
        "the cells show two or three decimals."
    ),
    N_(
        "“Mean is” says exact, at least, at most or about: a bound stands where the exact figure "
        "would give single ratings away."
    ),
    N_("“Rated 1” and so on count ratings. An empty cell: withheld, or nothing to show."),
    N_(
        "p: how often chance alone would give so large a change. Holm's p decides about “clear”, "
        "the interval about “likely”. g: change in standard deviations. A: how likely a rating "
        "from after is above one from before."
    ),
    N_(
        "Texts that look like formulas are stored as texts (with Excel's quote prefix); nothing is "
        "calculated in this file, and every text is what was written, character for character."
    ),
)
_SHEETS = {
    "read_me": N_("Read me"),
    "figures": N_("Figures"),
    "change": N_("Change"),
    "statements": N_("Statements"),
    "comments": N_("Comments"),
}
_BOUNDS: dict[str, str] = {
    "exact": N_("exact"),
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "about": N_("about"),
}
_BASES = {
    "between rounds": N_("between rounds"),
    "looking back": N_("looking back"),
    "shift of yardstick": N_("shift of yardstick"),
}
_LEVELS = {"competency": N_("competency"), "goal": N_("goal")}
# What stands in a row about the goal instead of a competency's title.
_GOAL_NAMES = frozenset(
    (
        N_("The goal's competencies"),
        N_("The other competencies"),
        N_("The goal's minus the others"),
    )
)
_HEAD = PatternFill("solid", fgColor="FF004C78")
_LONGEST_TEXT = 32_767


def report_as_xlsx(
    report: FeedbackReport, words: Wording, *, title: str, created_on: dt.date
) -> bytes:
    """The workbook's bytes. `title` names the file; the only date in it is the day."""
    book = Workbook()
    first = book.active
    if first is not None:
        book.remove(first)
    _readme(book, report, words, title, created_on)
    rated = tuple(_Column(N_("Rated %(point)s"), 9, "0", point=value) for value, _ in report.scale)
    cells = list(report_cells(report))
    figures = (*_ROUND, _Column(N_("Looking back"), 14), *_COMPETENCY, *_FIGURES, *rated)
    _sheet(
        book,
        "figures",
        words,
        figures,
        (
            [
                *_when(c, words),
                _yes_no(c.looking_back, words),
                *_which(c),
                *_figures(c, len(rated), words),
            ]
            for c in cells
            if c.level == "competency"
        ),
    )
    _sheet(book, "change", words, _CHANGES, (_change(row, words) for row in change_rows(report)))
    _sheet(
        book,
        "statements",
        words,
        (*_ROUND, *_COMPETENCY, _Column(N_("Statement"), 60, wrap=True), *_FIGURES, *rated),
        (
            [*_when(c, words), *_which(c), c.statement, *_figures(c, len(rated), words)]
            for c in cells
            if c.level == "statement"
        ),
    )
    _sheet(
        book,
        "comments",
        words,
        _COMMENTS,
        ([row.question, words.group(row.group), row.text] for row in comment_rows(report)),
    )
    midnight = dt.datetime.combine(created_on, dt.time())
    book.properties = DocumentProperties(
        creator=None,
        title=_clean(title),
        language=words.language,
        created=midnight,
        modified=midnight,
    )
    return _packed(book, created_on)


def _when(cell: ReportCell, words: Wording) -> list[Value]:
    return [words.side_within(cell.round_kind), cell.round_closed_on]


def _which(cell: ReportCell) -> list[Value]:
    return [cell.competency_id, cell.competency]


def _figures(cell: ReportCell, points: int, words: Wording) -> list[Value]:
    known = cell.counts is not None and len(cell.counts) == points
    return [
        words.group(cell.group),
        _yes_no(cell.anonymous, words),
        cell.n,
        cell.mean,
        words.gettext(_BOUNDS[cell.bound]),
        cell.sd,
        *(cell.counts if known and cell.counts else [None] * points),
    ]


def _change(row: ChangeRow, words: Wording) -> list[Value]:
    named = words.gettext(row.competency) if row.competency in _GOAL_NAMES else row.competency
    return [
        words.gettext(_BASES[row.basis]),
        words.gettext(_LEVELS[row.level]),
        row.competency_id,
        row.competency if row.competency_id else named,
        None if row.goal_linked is None else _yes_no(row.goal_linked, words),
        words.enumerated(words.group(label) for label in row.groups),
        row.difference,
        words.gettext(_BOUNDS[row.bound]),
        row.low,
        row.high,
        row.p,
        row.p_error,
        None if row.p_exact is None else _yes_no(row.p_exact, words),
        row.holm_p,
        row.bh_p,
        row.g,
        row.superiority,
        row.shift,
        words.verdict(row.verdict) if row.verdict else "",
    ]


def _yes_no(value: bool, words: Wording) -> str:
    return words.gettext("yes") if value else words.gettext("no")


def _readme(
    book: Workbook, report: FeedbackReport, words: Wording, title: str, created_on: dt.date
) -> None:
    sheet = _new_sheet(book, "read_me", words)
    sheet.column_dimensions["A"].width = 110
    sheet.sheet_view.showGridLines = False
    values = {
        "round": words.round_name(report.kind),
        "day": report.closed_on,
        "today": created_on,
    }
    if report.compared_kind is None:
        rounds = words.gettext("%(round)s closed on %(day)s. This file: %(today)s.", **values)
    else:
        rounds = words.gettext(
            "%(round)s closed on %(day)s, compared with the %(earlier)s closed on "
            "%(earlier_day)s. This file: %(today)s.",
            earlier=words.round_within(report.compared_kind),
            earlier_day=report.compared_closed_on,
            **values,
        )
    scale = words.in_turn(f"{value} {words.name(label)}" for value, label in report.scale)
    lines = [
        title,
        report.framework_title,
        rounds,
        "",
        *(words.gettext(line) for line in _README),
        "",
        *comparison_summary(report, words),
        words.gettext("The scale: %(points)s", points=scale),
    ]
    if report.hidden_groups:
        hidden = words.enumerated(words.group(label) for label in report.hidden_groups)
        lines.append(words.gettext("Without figures of their own: %(groups)s", groups=hidden))
    for place, line in enumerate(lines, 1):
        cell = sheet.cell(place, 1)
        _put(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(1, 1).font = Font(bold=True, size=16, color="FF004C78")


def _new_sheet(book: Workbook, name: str, words: Wording) -> Worksheet:
    sheet: Worksheet = book.create_sheet(words.gettext(_SHEETS[name]))
    if words.to_left:
        sheet.sheet_view.rightToLeft = True
    return sheet


def _sheet(
    book: Workbook,
    name: str,
    words: Wording,
    columns: Sequence[_Column],
    rows: Iterable[Sequence[Value]],
) -> None:
    sheet = _new_sheet(book, name, words)
    for place, column in enumerate(columns, 1):
        head = sheet.cell(1, place)
        title = column.heading(words)
        _put(head, title)
        head.font = Font(bold=True, color="FFFFFFFF")
        head.fill = _HEAD
        # A longer heading needs its own room, and that of the filter's button.
        width = column.width if len(title) <= column.width else len(title) + 3
        sheet.column_dimensions[get_column_letter(place)].width = width
    last = 1
    for last, row in enumerate(rows, 2):
        for place, (column, value) in enumerate(zip(columns, row, strict=True), 1):
            cell = sheet.cell(last, place)
            _put(cell, value)
            cell.number_format = column.format
            if column.wrap:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _put(cell: Cell | MergedCell, value: Value) -> None:
    """Set the cell: a text as a text, whatever it begins with."""
    if isinstance(cell, MergedCell):
        raise TypeError("no cells are merged here")
    if not isinstance(value, str):
        cell.value = value
        return
    text = _clean(value)
    cell.value = text
    # openpyxl takes "=" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if may_be_formula(text):
        cell.quotePrefix = True


def _clean(text: str) -> str:
    """What a workbook can hold: no control characters, no broken halves, not too long."""
    sendable = text.encode(errors="ignore").decode()
    return str(ILLEGAL_CHARACTERS_RE.sub("", sendable))[:_LONGEST_TEXT]


def _packed(book: Workbook, day: dt.date) -> bytes:
    """The workbook in a zip file in which everything is of that day, and of no time."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        ExcelWriter(book, archive).save()
    file = io.BytesIO()
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return file.getvalue()
