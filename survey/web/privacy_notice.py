"""Pages for everybody: the privacy notice, and what is held about a rater.

Nobody is signed in here. A rater shows who they are with a link that came to their address.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

from survey.privacy.errors import PrivacyError
from survey.privacy.notice import what_is_kept
from survey.privacy.rater_data import (
    LINK_LIFE,
    as_json,
    ask_as_rater,
    erase_rater,
    held_about_rater,
)
from survey.web.confirmation import is_sure
from survey.web.current import service
from survey.web.languages import in_words
from survey.web.rate_limits import limit_links, limit_per_address, limit_per_client

blueprint = Blueprint("privacy_notice", __name__)


class RaterDataForm(FlaskForm):
    """The address to ask about."""

    email = EmailField(
        _l("Your e-mail address"),
        validators=[InputRequired(_l("Enter your e-mail address.")), Length(max=320)],
        render_kw={"autocomplete": "email"},
    )


@blueprint.get("/privacy-notice")
def show() -> ResponseReturnValue:
    """What is kept, for what, how long, and what everybody can ask for."""
    return render_template(
        "privacy/notice.html",
        kept=what_is_kept(service().retention),
        controller=service().controller,
    )


@blueprint.route("/rater-data", methods=["GET", "POST"])
@limit_per_client
@limit_per_address
def ask() -> ResponseReturnValue:
    """Ask what is held about an address. The answer is the same whether anything is or not."""
    form = RaterDataForm()
    if form.validate_on_submit():
        with service().database.writing() as session:
            ask_as_rater(session, form.email.data or "", service().today())
        return render_template("privacy/rater_asked.html", email=form.email.data, hours=_hours())
    page = render_template("privacy/rater_ask.html", form=form, hours=_hours())
    return (page, 422) if form.errors else page


@blueprint.get("/rater-data/<token>")
@limit_links
def held(token: str) -> ResponseReturnValue:
    """What is held about the rater whose link this is. Opening it changes nothing."""
    try:
        address = service().rater_data_links.address(token)
    except PrivacyError as error:
        flash(in_words(error), "error")
        return redirect(url_for("privacy_notice.ask"))
    with service().database.reading() as session:
        records = held_about_rater(session, address)
    return render_template("privacy/rater_held.html", records=records, token=token)


@blueprint.get("/rater-data/<token>/download")
@limit_links
def download(token: str) -> ResponseReturnValue:
    """The same for a machine to read."""
    try:
        address = service().rater_data_links.address(token)
    except PrivacyError as error:
        flash(in_words(error), "error")
        return redirect(url_for("privacy_notice.ask"))
    with service().database.reading() as session:
        records = as_json(held_about_rater(session, address))
    response = Response(
        json.dumps(records, ensure_ascii=False, indent=2), content_type="application/json"
    )
    response.headers.set("Content-Disposition", "attachment", filename="what-is-held.json")
    return response


@blueprint.post("/rater-data/<token>")
@limit_links
def erase(token: str) -> ResponseReturnValue:
    """Erase who the rater is, in all rounds."""
    try:
        address = service().rater_data_links.address(token)
    except PrivacyError as error:
        flash(in_words(error), "error")
        return redirect(url_for("privacy_notice.ask"))
    if not is_sure():
        return render_template("privacy/rater_sure.html", token=token)
    with service().database.writing() as session:
        erase_rater(session, service().keys, address, service().today())
    return render_template("privacy/rater_erased.html")


def _hours() -> int:
    return int(LINK_LIFE.total_seconds() // 3600)
