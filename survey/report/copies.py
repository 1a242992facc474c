"""A report as the files that its mentee is given when they ask for everything about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from survey.branding import Brand
from survey.report.files import FileFormat, report_file
from survey.report.of_round import report_of_round
from survey.storage.models import Round

_FORMATS: Sequence[FileFormat] = ("pdf", "csv")


def report_copies(
    session: Session, round_: Round, language: str, today: dt.date, brand: Brand | None = None
) -> list[tuple[str, bytes]]:
    """Name and content of each file: one to read, in that language, and one for machines."""
    report = report_of_round(session, round_, language)
    files = (
        report_file(
            report,
            format_,
            language=language,
            mentee_name=round_.mentorship.mentee.name,
            mentor_name=round_.mentorship.mentor.name,
            created_on=today,
            brand=brand,
        )
        for format_ in _FORMATS
    )
    return [(file.name, file.content) for file in files]
