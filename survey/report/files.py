"""The report as a file to take away, in each of its formats."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from survey.branding import Brand
from survey.report.as_text import report_as_text
from survey.report.csv_file import report_as_csv
from survey.report.feedback_report import FeedbackReport
from survey.report.wording import wording_in

FileFormat = Literal["pdf", "xlsx", "csv", "parquet", "text"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)

_MEDIA_TYPES: dict[FileFormat, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "text": "text/plain; charset=utf-8",
}
_ENDINGS: dict[FileFormat, str] = {
    "pdf": "pdf",
    "xlsx": "xlsx",
    "csv": "csv",
    "parquet": "parquet",
    "text": "txt",
}
_LONGEST_NAME = 60


@dataclass(frozen=True)
class ReportFile:
    """A file: what it is called, what it is, and its bytes."""

    name: str
    media_type: str
    content: bytes


def report_file(
    report: FeedbackReport,
    format_: FileFormat,
    *,
    language: str,
    mentee_name: str,
    mentor_name: str,
    created_on: dt.date,
    brand: Brand | None = None,
) -> ReportFile:
    """The report in this format, for a reader of this language. Raises RenderingError.

    Files for programs (CSV, Parquet) have English columns and words, and so has the plain text.
    The PDF carries the organisation's name, logo and colour.
    """
    words = wording_in(language)
    # What a format needs is loaded with the first such file: a web process may never make one.
    if format_ == "pdf":
        from survey.report.pdf.document import report_as_pdf

        content = report_as_pdf(
            report,
            words,
            mentee_name=mentee_name,
            mentor_name=mentor_name,
            created_on=created_on,
            brand=brand,
        )
    elif format_ == "xlsx":
        from survey.report.spreadsheet import report_as_xlsx

        title = words.gettext("Feedback for %(mentee)s", mentee=words.name(mentee_name))
        content = report_as_xlsx(report, words, title=title, created_on=created_on)
    elif format_ == "parquet":
        from survey.report.parquet_file import report_as_parquet

        content = report_as_parquet(report)
    elif format_ == "csv":
        content = report_as_csv(report)
    else:
        content = (report_as_text(report) + "\n").encode()
    name = f"{_stem(mentee_name, report.closed_on)}.{_ENDINGS[format_]}"
    return ReportFile(name, _MEDIA_TYPES[format_], content)


def _stem(mentee_name: str, closed_on: dt.date) -> str:
    """A name that every file system and header takes: feedback-report-nora-lindqvist-2026-11."""
    plain = unicodedata.normalize("NFKD", mentee_name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    who = "-".join(words)[:_LONGEST_NAME].strip("-")
    return "-".join(filter(None, ["feedback-report", who, f"{closed_on:%Y-%m}"]))
