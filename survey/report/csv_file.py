"""The released cells of a report as one CSV file."""

from __future__ import annotations

import csv
import io

from survey.report.cells import ReportCell, report_cells
from survey.report.feedback_report import FeedbackReport
from survey.report.plain_text import guarded

# Excel takes a CSV file for UTF-8 only when it begins with this.
_BYTE_ORDER_MARK = "\ufeff"
COLUMNS = (
    "round",
    "closed on",
    "looking back",
    "level",
    "competency id",
    "competency",
    "statement",
    "group",
    "anonymous",
    "n",
    "mean",
    "mean is",
    "sd",
)


def report_as_csv(report: FeedbackReport) -> bytes:
    """UTF-8 with commas and CRLF, one row per released cell; unrounded figures.

    Texts are `guarded`: an apostrophe stands before what a spreadsheet program could take for a
    formula. `survey.report.plain_text.unguarded` takes it off again.
    """
    points = [value for value, _ in report.scale]
    file = io.StringIO(newline="")
    # Texts are quoted and numbers are not, so that -0.5 stays a number and "-0.5" a text.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(f"rated {point}" for point in points)])
    for cell in report_cells(report):
        writer.writerow(_row(cell, len(points)))
    return (_BYTE_ORDER_MARK + file.getvalue()).encode()


def _row(cell: ReportCell, points: int) -> list[object]:
    counts = cell.counts if cell.counts and len(cell.counts) == points else ("",) * points
    texts = (
        cell.round_kind,
        cell.round_closed_on.isoformat(),
        yes_no(cell.looking_back),
        cell.level,
        cell.competency_id,
        cell.competency,
        cell.statement,
        cell.group,
        yes_no(cell.anonymous),
    )
    numbers = (_or_empty(cell.n), _or_empty(cell.mean), cell.bound.replace("_", " "))
    return [*(guarded(sendable(text)) for text in texts), *numbers, _or_empty(cell.sd), *counts]


def yes_no(value: bool) -> str:
    """How the files say whether."""
    return "yes" if value else "no"


def _or_empty(number: float | None) -> object:
    return "" if number is None else number


def sendable(text: str) -> str:
    """Without what cannot be written in UTF-8, or ends a file early for some programs."""
    return text.encode(errors="ignore").decode().replace("\x00", "")
