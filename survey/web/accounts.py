"""Signing in and out."""

from __future__ import annotations

import json

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

from survey.accounts.errors import SignInError
from survey.accounts.passkeys import person_with_passkey, sign_in_options
from survey.accounts.sign_in import LINK_LIFE, request_sign_in
from survey.languages.message import Message
from survey.web import current
from survey.web.current import person_or_none, service
from survey.web.languages import in_words
from survey.web.passkey_challenges import remember_challenge, take_challenge
from survey.web.rate_limits import limit_per_address, limit_per_client

blueprint = Blueprint("accounts", __name__)


class SignInForm(FlaskForm):
    """The address to send a sign-in link to."""

    email = EmailField(
        _l("Your e-mail address"),
        validators=[InputRequired(_l("Enter your e-mail address.")), Length(max=320)],
        render_kw={"autocomplete": "email", "autofocus": True},
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limit_per_client
@limit_per_address
def request_link() -> ResponseReturnValue:
    """Ask for a sign-in link. The answer is the same whether the address is known or not."""
    if person_or_none() is not None:
        return redirect(url_for("home.index"))
    form = SignInForm()
    if form.validate_on_submit():
        with service().database.writing() as database:
            request_sign_in(database, form.email.data or "")
        return render_template("accounts/link_sent.html", email=form.email.data, minutes=_minutes())
    return render_template("accounts/sign_in.html", form=form, minutes=_minutes())


@blueprint.get("/sign-in/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Show one button. Opening the link must not use it up: mail scanners open links too."""
    return render_template("accounts/confirm.html", token=token)


@blueprint.post("/sign-in/<token>")
@limit_per_client
def redeem(token: str) -> ResponseReturnValue:
    """Use the link up and sign in."""
    try:
        with service().database.writing() as database:
            now = service().now()
            person = service().sign_in_links.redeem(database, token, now)
            there = current.sign_in_as(database, person, confirmed_at=now)
    except SignInError as error:
        flash(gettext("%(problem)s Ask for a new one below.", problem=in_words(error)), "error")
        return redirect(url_for("accounts.request_link"))
    return redirect(there)


@blueprint.post("/sign-in/passkey/options")
@limit_per_client
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to ask for a passkey; the passkey will tell whose it is."""
    with service().database.writing() as database:
        options, challenge = sign_in_options(
            database, service().relying_party, service().now(), person_or_none()
        )
    remember_challenge(challenge)
    return Response(options, mimetype="application/json")


@blueprint.post("/sign-in/passkey")
@limit_per_client
def with_passkey() -> ResponseReturnValue:
    """Sign in with what the passkey has signed; or show anew that it is still the same person."""
    challenge = take_challenge()
    known = person_or_none()
    try:
        credential = json.loads(request.form.get("credential", ""))
    except (ValueError, RecursionError):
        credential = None
    try:
        with service().database.writing() as database:
            now = service().now()
            person = person_with_passkey(
                database, service().relying_party, credential, challenge, now
            )
            if known is not None and person.id != known.id:
                raise SignInError(Message("That passkey is somebody else's."))
            there = current.sign_in_as(database, person, confirmed_at=now)
    except SignInError as error:
        flash(in_words(error), "error")
        return redirect(url_for("account.confirm" if known else "accounts.request_link"), 303)
    return redirect(there, 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    current.sign_out()
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("accounts.request_link"))


def _minutes() -> int:
    return int(LINK_LIFE.total_seconds() // 60)
