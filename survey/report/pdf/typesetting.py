"""The typesetter: content and the template in, a PDF out. Runs in the process that draws."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from survey.report.pdf.fonts import all_fonts, families
from survey.report.rendering.client import MissingCharacterError

_FOLDER = Path(__file__).parent
TEMPLATE = _FOLDER / "template.typ"
# Typst keeps what it has set until it was of no use in so many further runs.
_RUNS_UNTIL_FORGOTTEN = 11


def set_document(content: Mapping[str, Any], created_on: dt.date, *, accessible: bool) -> bytes:
    """Set the content; the day is the file's only date. `accessible` asks for PDF/UA-1.

    Texts go to the template as data, never as markup; it sees this folder and no packages.
    """
    nowhere = str(_FOLDER / "no-packages")
    compiler = typst.Compiler(
        str(TEMPLATE),
        root=str(_FOLDER),
        font_paths=all_fonts(),
        sys_inputs={"content": json.dumps(content), "fonts": json.dumps(families())},
        package_path=nowhere,
        package_cache_path=nowhere,
    )
    try:
        pdf = compiler.compile(
            format="pdf",
            pdf_standards=["ua-1"] if accessible else [],
            timestamp=dt.datetime.combine(created_on, dt.time(), dt.UTC),
        )
    except typst.TypstError as error:
        if accessible and "could not be displayed" in str(error):
            raise MissingCharacterError from error
        raise
    finally:
        _forget()
    if not isinstance(pdf, bytes):
        raise TypeError("one PDF was to be set")
    return pdf


def _forget() -> None:
    """Let Typst drop the report that it has just set, which is confidential and takes 60 MB."""
    compiler = typst.Compiler(b"", font_paths=all_fonts())
    for _ in range(_RUNS_UNTIL_FORGOTTEN):
        compiler.compile(b"", format="pdf")
