"""Pages for what went wrong."""

from __future__ import annotations

from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from survey.rounds.errors import ReportDisposedError

_TEXTS = {
    404: ("Page not found", "There is nothing here, or it is not yours to see."),
    405: ("Page not found", "This address cannot be opened directly."),
    413: ("Too large", "What you sent is larger than the service takes. Go back and shorten it."),
    429: (
        "Please wait a little",
        "There were many requests in a short time. Wait a quarter of an hour, then try again. "
        "A link that is in your mailbox already still works.",
    ),
    500: (
        "Something went wrong on our side",
        "Nothing was half saved. Please try again; if it keeps happening, tell whoever runs this "
        "service.",
    ),
}


def register(app: Flask) -> None:
    """Answer errors with pages of our own."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(InternalServerError, _http_error)
    app.register_error_handler(ReportDisposedError, _report_disposed)


def _http_error(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    title, text = _TEXTS.get(code, ("That did not work", error.description or ""))
    return render_template("error.html", heading=title, text=text), code


def _csrf_error(_error: CSRFError) -> tuple[str, int]:
    return (
        render_template(
            "error.html",
            heading="Please send the form once more",
            text="The page was open in another session. Go back, reload the page and send it "
            "again; what you typed is still there in most browsers.",
        ),
        400,
    )


def _report_disposed(error: ReportDisposedError) -> tuple[str, int]:
    return render_template("error.html", heading="The report is gone", text=str(error)), 410
