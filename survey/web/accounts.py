"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, Length

from survey.accounts.errors import SignInError
from survey.accounts.sign_in import LINK_LIFE, request_sign_in
from survey.web import current
from survey.web.current import person_or_none, service

blueprint = Blueprint("accounts", __name__)


class SignInForm(FlaskForm):
    """The address to send a sign-in link to."""

    email = EmailField(
        "Your e-mail address",
        validators=[InputRequired("Enter your e-mail address."), Length(max=320)],
        render_kw={"autocomplete": "email", "autofocus": True},
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def request_link() -> ResponseReturnValue:
    """Ask for a sign-in link. The answer is the same whether the address is known or not."""
    if person_or_none() is not None:
        return redirect(url_for("home.index"))
    form = SignInForm()
    if form.validate_on_submit():
        with service().database.writing() as session:
            request_sign_in(session, form.email.data or "")
        return render_template("accounts/link_sent.html", email=form.email.data, minutes=_minutes())
    return render_template("accounts/sign_in.html", form=form, minutes=_minutes())


@blueprint.get("/sign-in/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Show one button. Opening the link must not use it up: mail scanners open links too."""
    return render_template("accounts/confirm.html", token=token)


@blueprint.post("/sign-in/<token>")
def redeem(token: str) -> ResponseReturnValue:
    """Use the link up and sign in."""
    try:
        with service().database.writing() as session:
            person = service().sign_in_links.redeem(session, token, service().now())
    except SignInError as error:
        flash(f"{error} Ask for a new one below.", "error")
        return redirect(url_for("accounts.request_link"))
    current.sign_in_as(person)
    return redirect(url_for("home.index"))


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    current.sign_out()
    flash("You are signed out.", "success")
    return redirect(url_for("accounts.request_link"))


def _minutes() -> int:
    return int(LINK_LIFE.total_seconds() // 60)
