"""A feedback report as a PDF file: tagged, with bookmarks, fit to be printed and handed over."""

from __future__ import annotations

import datetime as dt
from typing import Any

from survey.branding import Brand
from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.content import content_of
from survey.report.pdf.texts import printable
from survey.report.rendering.client import RENDERER, MissingCharacterError
from survey.report.wording import Wording


def report_as_pdf(
    report: FeedbackReport,
    words: Wording,
    *,
    mentee_name: str,
    mentor_name: str,
    created_on: dt.date,
    brand: Brand | None = None,
) -> bytes:
    """The report as an accessible PDF (PDF/UA-1), with the day as its only date.

    Where some text has a character that no font shows, it is a plain tagged PDF, and says so.
    Raises RenderingError.
    """
    content = content_of(
        report, words, mentee_name=mentee_name, mentor_name=mentor_name, created_on=created_on
    )
    brand = brand or Brand()
    content["brand"] = _of_brand(brand)
    if brand.name:
        content["eyebrow"] = printable(f"{brand.name} · {content['eyebrow']}")
    try:
        return RENDERER.pdf(content | {"characters_missing": False}, created_on, accessible=True)
    except MissingCharacterError:
        return RENDERER.pdf(content | {"characters_missing": True}, created_on, accessible=False)


def _of_brand(brand: Brand) -> dict[str, Any]:
    """The organisation as the template gets it; the logo as a list of its bytes."""
    logo = brand.logo
    return {
        "colour": brand.light.accent if brand.colour else None,
        "logo": None
        if logo is None
        else {
            "bytes": list(logo.content),
            "format": "png" if logo.media_type == "image/png" else "jpg",
        },
    }
