"""A feedback report as a PDF file: tagged, with bookmarks, fit to be printed and handed over."""

from __future__ import annotations

import datetime as dt

from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.content import content_of
from survey.report.rendering.client import RENDERER, MissingCharacterError
from survey.report.wording import Wording


def report_as_pdf(
    report: FeedbackReport,
    words: Wording,
    *,
    mentee_name: str,
    mentor_name: str,
    created_on: dt.date,
) -> bytes:
    """The report as an accessible PDF (PDF/UA-1), with the day as its only date.

    Where some text has a character that no font shows, it is a plain tagged PDF, and says so.
    Raises RenderingError.
    """
    content = content_of(
        report, words, mentee_name=mentee_name, mentor_name=mentor_name, created_on=created_on
    )
    try:
        return RENDERER.pdf(content | {"characters_missing": False}, created_on, accessible=True)
    except MissingCharacterError:
        return RENDERER.pdf(content | {"characters_missing": True}, created_on, accessible=False)
