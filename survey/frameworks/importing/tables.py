"""Rows of cells out of a CSV file or an Excel workbook."""

from __future__ import annotations

import csv
import io

from survey.frameworks.importing.refusals import refused
from survey.workbooks import cell_text, first_visible_sheet, too_much_in

MAX_ROWS = 2_000

TableRow = tuple[int, list[str]]


def read_rows(content: bytes, file_name: str, *, is_workbook: bool) -> list[TableRow]:
    """The rows that hold something, by number. Raises FrameworkError when there are none."""
    rows = _of_workbook(content, file_name) if is_workbook else _of_csv(content, file_name)
    filled = [(number, [" ".join(cell.split()) for cell in cells]) for number, cells in rows]
    filled = [(number, cells) for number, cells in filled if any(cells)]
    if not filled:
        raise refused(file_name, "the table is empty", "start with the template")
    if len(filled) > MAX_ROWS:
        what = f"the table has more than {MAX_ROWS:,} rows"
        raise refused(file_name, what, "a framework needs a small part of that")
    return filled


def _of_workbook(content: bytes, file_name: str) -> list[TableRow]:
    hint = "open it in a spreadsheet program and save it again as .xlsx, or as CSV"
    try:
        too_much = too_much_in(content)
        if too_much is None:
            sheet = first_visible_sheet(content, results=True)
            rows = [] if sheet is None else sheet.rows
            found: list[TableRow] = []
            for number, cells in rows:
                texts = [cell_text(value) for value, _ in cells]
                if any(texts):
                    found.append((number, texts))
                if len(found) > MAX_ROWS:
                    break
            return found
    except Exception as error:  # a damaged workbook fails in any of zip, XML and openpyxl
        raise refused(file_name, "this is not a workbook that can be read", hint) from error
    raise refused(file_name, too_much, "keep only the table in it, or save it as CSV")


def _of_csv(content: bytes, file_name: str) -> list[TableRow]:
    text = _decoded(content, file_name)
    first = text.split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[TableRow] = []
    try:
        for number, cells in enumerate(reader, 1):
            rows.append((number, cells))
            if len(rows) > 2 * MAX_ROWS:
                break
    except csv.Error as error:
        what = "the row cannot be parted into cells"
        hint = "look for a quotation mark that is missing or left over"
        raise refused(file_name, what, hint, line=len(rows) + 1) from error
    return rows


def _decoded(content: bytes, file_name: str) -> str:
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise refused(
        file_name, "this is not a text file", "save the table as CSV in UTF-8, or as .xlsx"
    )
