"""Pages for what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from werkzeug.exceptions import HTTPException, InternalServerError

from survey.confidentiality.master_key import MasterKeyError
from survey.languages.marks import N_
from survey.report.rendering.client import RenderingError
from survey.rounds.errors import ReportDisposedError
from survey.storage.faults import DatabaseFaultError
from survey.storage.key_store import KeyDestroyedError
from survey.web.typed import not_saved_page, sent_from_our_page, typed_texts

_RETRY_AFTER_SECONDS = 30
# What answers an error instead of a page, where a program asked; None where it was no program.
Elsewhere = Callable[[Exception], Response | None]

_TEXTS = {
    404: (N_("Page not found"), N_("There is nothing here, or it is not yours to see.")),
    405: (N_("Page not found"), N_("This address cannot be opened directly.")),
    413: (
        N_("Too large"),
        N_("What you sent is larger than the service takes. Go back and shorten it."),
    ),
    429: (
        N_("Please wait a little"),
        N_(
            "There were many requests in a short time. Wait a quarter of an hour, then try again. "
            "A link that is in your mailbox already still works."
        ),
    ),
    500: (
        N_("Something went wrong on our side"),
        N_(
            "Nothing was half saved. Please try again; if it keeps happening, tell whoever runs "
            "this service."
        ),
    ),
}


def register(app: Flask, elsewhere: Elsewhere) -> None:
    """Answer errors with pages of our own, or with what programs get instead."""
    page_of: dict[type[Exception], Callable[[Any], ResponseReturnValue]] = {
        HTTPException: _http_error,
        CSRFError: _csrf_error,
        InternalServerError: _http_error,
        ReportDisposedError: _report_disposed,
        RenderingError: _not_drawn,
        DatabaseFaultError: _unavailable,
        NoFreeConnectionError: _unavailable,
        MasterKeyError: _unavailable,
        KeyDestroyedError: _unavailable,
    }
    for kind, page in page_of.items():

        def answer(
            error: Exception, page: Callable[[Any], ResponseReturnValue] = page
        ) -> ResponseReturnValue:
            return elsewhere(error) or page(error)

        app.register_error_handler(kind, answer)


def _http_error(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    if code in _TEXTS:
        title, text = (gettext(words) for words in _TEXTS[code])
    else:
        title, text = gettext("That did not work"), error.description or ""
    return render_template("error.html", heading=title, text=text), code


def _csrf_error(_error: CSRFError) -> tuple[str, int]:
    typed = typed_texts()
    if typed is not None and sent_from_our_page():
        # Signed out and in again while the page stood open.
        return not_saved_page(typed), 400
    return (
        render_template(
            "error.html",
            heading=gettext("Please send the form once more"),
            text=gettext(
                "The page was open in another session. Go back, reload the page and send it "
                "again; what you typed is still there in most browsers."
            ),
        ),
        400,
    )


def _unavailable(
    error: DatabaseFaultError | NoFreeConnectionError | MasterKeyError | KeyDestroyedError,
) -> Response:
    """The service cannot work now, and will again: 503, with what was sent given back.

    The page is made from the request alone. The log has one line, without address or endpoint:
    whoever reads it learns what is wrong, and not who wanted what.
    """
    current_app.logger.error("A page was not served: %s", error)
    posted = (
        [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
        if request.method == "POST"
        else []
    )
    response = make_response(
        render_template(
            "unavailable.html",
            for_rater=request.blueprint == "rater",
            posted=posted,
            resendable=not any(file.filename for file in request.files.values()),
        ),
        503,
    )
    response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return response


def _report_disposed(error: ReportDisposedError) -> tuple[str, int]:
    return render_template(
        "error.html", heading=gettext("The report is gone"), text=str(error)
    ), 410


def _not_drawn(error: RenderingError) -> tuple[str, int]:
    current_app.logger.error("A report was not drawn: %s", error)
    return (
        render_template(
            "error.html",
            heading=gettext("The report could not be drawn"),
            text=gettext(
                "Nothing of it is lost. Wait a minute and open it again; the Excel and CSV files "
                "hold the same figures. If it keeps happening, tell whoever runs this service."
            ),
        ),
        503,
    )
