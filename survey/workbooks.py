"""Excel workbooks from outside, opened without being overwhelmed by them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

MAX_COLUMNS = 100
MAX_UNPACKED_BYTES = 50_000_000
MAX_MARKUP = 500_000
MAX_XLSX_ROW = 1_048_576


@dataclass(frozen=True)
class Sheet:
    """A sheet: its title, whether there are others, and value and kind of its cells by row."""

    title: str
    has_others: bool
    rows: Iterator[tuple[int, list[tuple[object, str]]]]


def too_much_in(content: bytes) -> str | None:
    """What makes a workbook too large to unpack or to parse; None when nothing does.

    The stated sizes bind: unpacking stops at them. Markup is counted as well, because parsing
    costs time and memory per element, and a few kilobytes can pack millions of empty ones.
    Raises zipfile.BadZipFile, and what else a damaged archive causes.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            return f"the workbook unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB"
        markup = 0
        for member in members:
            with archive.open(member) as part:
                while chunk := part.read(1 << 20):
                    markup += chunk.count(b"<")
            if markup > MAX_MARKUP:
                return "the workbook holds far more than such a list"
    return None


def first_visible_sheet(content: bytes, *, results: bool) -> Sheet | None:
    """The first sheet that can be seen; None in a workbook without sheets.

    With `results` a formula is given by the result that is stored with it. Call `too_much_in`
    first. A damaged workbook fails in any of zip, XML and openpyxl, here or while rows are read.
    """
    # The reader keeps no file open here: the content is in memory.
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    sheets = sheets or book.worksheets
    if not sheets:
        return None
    sheet = sheets[0]
    sheet.reset_dimensions()  # the stated size is often wrong

    def rows() -> Iterator[tuple[int, list[tuple[object, str]]]]:
        before = None
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
            if number > MAX_XLSX_ROW:
                raise ValueError("more rows than a sheet can have")
            if cells is not before:  # rows left out of the file come as one and the same empty row
                yield number, [(cell.value, cell.data_type) for cell in cells]
            before = cells

    return Sheet(sheet.title, len(book.worksheets) > 1, rows())


def cell_text(value: object) -> str:
    """What a cell says, as text; a formula begins with its equals sign."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    # Array and table formulas come as objects of their own.
    text = getattr(value, "text", None)
    if text is not None or hasattr(value, "ref"):
        return "=" + str(text or "").lstrip("=")
    return str(value)
