"""The same stack doing next to nothing, to compare with: `gunicorn benchmarks.load.bare_stack:app`.

Flask answers the same five requests with pages of the same size, and stores one row of the size of
a sealed ballot with one commit. No sessions, no templates, no link to check, nothing to seal.
"""

from __future__ import annotations

import os
import uuid

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import insert

from benchmarks.load.bare_stack_table import ROWS
from survey.storage.engines import WRITING, create_engine_for

_ENGINE = create_engine_for(os.environ["DATABASE_URL"], setting="DATABASE_URL").execution_options(
    **{WRITING: True}
)
_FIELDS = "".join(
    f'<input type=radio name="r-item{item}" value=1>{"." * 800}' for item in range(30)
)
_FORM = (
    '<input type="hidden" name="csrf_token" value="none">'
    f'{_FIELDS}<textarea id="x" name="c-more"></textarea>'
)
_REVIEW = _FORM[: len(_FORM) // 2]
_BALLOT = bytes(4200)

app = Flask(__name__)


@app.get("/r/<token>")
def open_link(token: str) -> ResponseReturnValue:  # noqa: ARG001
    return redirect("/feedback/abcdefghijkl", 303)


@app.get("/feedback/<handle>")
def form(handle: str) -> ResponseReturnValue:  # noqa: ARG001
    return _FORM


@app.post("/feedback/<handle>")
def answer(handle: str) -> ResponseReturnValue:
    if request.form["step"] == "review":
        return _REVIEW
    with _ENGINE.begin() as connection:
        connection.execute(insert(ROWS).values(id=uuid.uuid4(), content=_BALLOT))
    return redirect(f"/feedback/{handle}/thank-you", 303)


@app.get("/feedback/<handle>/thank-you")
def thanks(handle: str) -> ResponseReturnValue:  # noqa: ARG001
    return "<h1>Thank you</h1>"
