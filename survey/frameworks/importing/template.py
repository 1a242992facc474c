"""The table to start a framework from, with a small example in it."""

from __future__ import annotations

import csv
import io

HEADS = (
    "row",
    "competency id",
    "competency [en]",
    "description [en]",
    "kind",
    "id",
    "text [en]",
    "self [en]",
    "customers [en]",
)
_EVERY_TIME = "How often does this happen when there is occasion for it?"
ROWS: tuple[tuple[str | int, ...], ...] = (
    ("framework", "", "", "What it is for, and for whom.", "", "my-framework", "My framework"),
    ("scale question", "", "", "", "", "", _EVERY_TIME),
    ("scale point", "", "", "", "", 1, "Almost never"),
    ("scale point", "", "", "", "", 2, "Seldom"),
    ("scale point", "", "", "", "", 3, "About half the time"),
    ("scale point", "", "", "", "", 4, "Often"),
    ("scale point", "", "", "", "", 5, "Nearly every time"),
    ("not observed", "", "", "", "", "", "No chance to see this"),
    (
        "indicator",
        "giving-direction",
        "Giving direction",
        "Makes clear where things are going.",
        "behaviour",
        "explains-why",
        "Explains the reasons behind decisions",
        "I explain the reasons behind my decisions",
        "Explains to us why something is done",
    ),
    (
        "indicator",
        "giving-direction",
        "",
        "",
        "",
        "sets-priorities",
        "Says what comes first when not everything can be done",
        "I say what comes first when not everything can be done",
    ),
    (
        "open question",
        "",
        "",
        "",
        "",
        "start-doing",
        "What should {mentee} start doing?",
        "What should you start doing?",
    ),
)


def template_as_csv() -> bytes:
    """The template in CSV, which Excel takes for UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([HEADS, *(_whole(row) for row in ROWS)])
    return ("\ufeff" + file.getvalue()).encode()


def template_as_xlsx() -> bytes:
    """The template as an Excel workbook."""
    # Loaded with the first template: a web process may never give one out.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise TypeError("a new workbook has a sheet")
    sheet.title = "Framework"
    for row in [HEADS, *(_whole(row) for row in ROWS)]:
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for place, width in enumerate((16, 20, 24, 36, 12, 20, 48, 48, 40), 1):
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _whole(row: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return (*row, *([""] * (len(HEADS) - len(row))))
