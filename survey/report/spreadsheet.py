"""The report as an Excel workbook: figures as real numbers, texts as texts."""

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

from survey.report.cells import (
    ChangeRow,
    ReportCell,
    change_rows,
    comment_rows,
    report_cells,
)
from survey.report.csv_file import yes_no
from survey.report.feedback_report import FeedbackReport
from survey.report.plain_text import may_be_formula

Value = str | int | float | dt.date | None


@dataclass(frozen=True)
class _Column:
    title: str
    width: int
    format: str = "General"
    wrap: bool = False


_DAY = "yyyy-mm-dd"
_MEAN = "0.00"
_CHANGE = "+0.00;-0.00;0.00"
_P = "0.000"
_ROUND = (_Column("Round", 10), _Column("Closed on", 12, _DAY))
_FIGURES = (
    _Column("Group", 27),
    _Column("Anonymous", 12),
    _Column("n", 6, "0"),
    _Column("Mean", 8, _MEAN),
    _Column("Mean is", 10),
    _Column("SD", 8, _MEAN),
)
_CHANGES = (
    _Column("What is compared", 20),
    _Column("Level", 12),
    _Column("Competency id", 26),
    _Column("Competency", 36),
    _Column("Goal", 8),
    _Column("Groups that count", 44),
    _Column("Change", 9, _CHANGE),
    _Column("Change is", 10),
    _Column("Interval from", 13, _CHANGE),
    _Column("Interval to", 13, _CHANGE),
    _Column("p", 8, _P),
    _Column("Error of p", 11, _P),
    _Column("p is exact", 11),
    _Column("Holm's p", 9, _P),
    _Column("BH's p", 9, _P),
    _Column("g", 8, _MEAN),
    _Column("A", 8, "0%"),
    _Column("Typical shift", 13, _CHANGE),
    _Column("Verdict", 18),
)
_COMMENTS = (
    _Column("Question", 40, wrap=True),
    _Column("Group", 27),
    _Column("Comment", 100, wrap=True),
)
_README = (
    "Confidential. Everything in this file stands in the report as well: figures of groups with "
    "enough answers. What is withheld there has no row here.",
    "Figures: competencies by group and round. Statements: the same for single statements. "
    "Change: what changed, and how sure that is. Comments: word for word, in random order.",
    "All raters is the plain mean of the groups' means, without self. Figures are not rounded; the "
    "cells show two or three decimals.",
    "“Mean is” says exact, at least, at most or about: a bound stands where the exact figure would "
    "give single ratings away.",
    "“Rated 1” and so on count ratings. An empty cell: withheld, or nothing to show.",
    "p: how often chance alone would give so large a change. Holm's p decides about “clear”, the "
    "interval about “likely”. g: change in standard deviations. A: how likely a rating from after "
    "is above one from before.",
    "Texts that look like formulas are stored as texts (with Excel's quote prefix); nothing is "
    "calculated in this file, and every text is what was written, character for character.",
)
_HEAD = PatternFill("solid", fgColor="FF004C78")
_LONGEST_TEXT = 32_767


def report_as_xlsx(report: FeedbackReport, *, title: str, created_on: dt.date) -> bytes:
    """The workbook's bytes. `title` names the file; the only date in it is the day."""
    book = Workbook()
    first = book.active
    if first is not None:
        book.remove(first)
    _readme(book, report, title, created_on)
    points = [value for value, _ in report.scale]
    rated = tuple(_Column(f"Rated {point}", 9, "0") for point in points)
    cells = list(report_cells(report))
    _sheet(
        book,
        "Figures",
        (*_ROUND, _Column("Looking back", 14), *_competency(), *_FIGURES, *rated),
        (
            [*_when(c), yes_no(c.looking_back), *_which(c), *_figures(c, len(points))]
            for c in cells
            if c.level == "competency"
        ),
    )
    _sheet(book, "Change", _CHANGES, (_change(row) for row in change_rows(report)))
    _sheet(
        book,
        "Statements",
        (*_ROUND, *_competency(), _Column("Statement", 60, wrap=True), *_FIGURES, *rated),
        (
            [*_when(c), *_which(c), c.statement, *_figures(c, len(points))]
            for c in cells
            if c.level == "statement"
        ),
    )
    _sheet(
        book,
        "Comments",
        _COMMENTS,
        ([row.question, row.group, row.text] for row in comment_rows(report)),
    )
    midnight = dt.datetime.combine(created_on, dt.time())
    book.properties = DocumentProperties(
        creator=None, title=_clean(title), language="en", created=midnight, modified=midnight
    )
    return _packed(book, created_on)


def _competency() -> tuple[_Column, ...]:
    return (_Column("Competency id", 26), _Column("Competency", 36))


def _when(cell: ReportCell) -> list[Value]:
    return [cell.round_kind, cell.round_closed_on]


def _which(cell: ReportCell) -> list[Value]:
    return [cell.competency_id, cell.competency]


def _figures(cell: ReportCell, points: int) -> list[Value]:
    known = cell.counts is not None and len(cell.counts) == points
    return [
        cell.group,
        yes_no(cell.anonymous),
        cell.n,
        cell.mean,
        cell.bound.replace("_", " "),
        cell.sd,
        *(cell.counts if known and cell.counts else [None] * points),
    ]


def _change(row: ChangeRow) -> list[Value]:
    return [
        row.basis,
        row.level,
        row.competency_id,
        row.competency,
        None if row.goal_linked is None else yes_no(row.goal_linked),
        ", ".join(row.groups),
        row.difference,
        row.bound.replace("_", " "),
        row.low,
        row.high,
        row.p,
        row.p_error,
        None if row.p_exact is None else yes_no(row.p_exact),
        row.holm_p,
        row.bh_p,
        row.g,
        row.superiority,
        row.shift,
        row.verdict,
    ]


def _readme(book: Workbook, report: FeedbackReport, title: str, created_on: dt.date) -> None:
    sheet: Worksheet = book.create_sheet("Read me")
    sheet.column_dimensions["A"].width = 110
    sheet.sheet_view.showGridLines = False
    compared = (
        f", compared with the {report.compared_kind} round closed on {report.compared_closed_on}"
        if report.has_change
        else ""
    )
    lines = [
        title,
        report.framework_title,
        f"{report.kind.capitalize()} round closed on {report.closed_on}{compared}. "
        f"This file: {created_on}.",
        "",
        *_README,
        "",
        "The scale: " + "; ".join(f"{value} {label}" for value, label in report.scale),
    ]
    if report.hidden_groups:
        lines.append("Without figures of their own: " + ", ".join(report.hidden_groups))
    for place, line in enumerate(lines, 1):
        cell = sheet.cell(place, 1)
        _put(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(1, 1).font = Font(bold=True, size=16, color="FF004C78")


def _sheet(
    book: Workbook, name: str, columns: Sequence[_Column], rows: Iterable[Sequence[Value]]
) -> None:
    sheet: Worksheet = book.create_sheet(name)
    for place, column in enumerate(columns, 1):
        head = sheet.cell(1, place)
        _put(head, column.title)
        head.font = Font(bold=True, color="FFFFFFFF")
        head.fill = _HEAD
        sheet.column_dimensions[get_column_letter(place)].width = column.width
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
