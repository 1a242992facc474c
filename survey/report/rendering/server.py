"""The process that draws (`survey.own_process.server` says how it is run)."""

from __future__ import annotations

import datetime as dt
import json

from survey.own_process.messages import DONE
from survey.own_process.server import serve
from survey.report.rendering.messages import MISSING_CHARACTER, PDF, PICTURE

# Libraries are imported when they are needed: who draws no PDF does not pay for the typesetter.


def _picture(content: bytes) -> tuple[bytes, bytes]:
    from survey.report.charts.vega import draw

    return DONE, draw(json.loads(content)).encode()


def _pdf(content: bytes) -> tuple[bytes, bytes]:
    from survey.report.pdf.typesetting import set_document
    from survey.report.rendering.client import MissingCharacterError

    order = json.loads(content)
    day = dt.date.fromisoformat(order["created_on"])
    try:
        return DONE, set_document(order["content"], day, accessible=order["accessible"])
    except MissingCharacterError:
        return MISSING_CHARACTER, b""


if __name__ == "__main__":
    serve({PICTURE: _picture, PDF: _pdf})
