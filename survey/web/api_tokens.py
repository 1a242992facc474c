"""One's own tokens for programs: making one, and revoking it."""

from __future__ import annotations

import uuid

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.api_tokens import make_token, revoke_token
from survey.accounts.errors import AccountError
from survey.web.access import own_account
from survey.web.account_forms import TokenForm
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import (
    current_person,
    fresh_sign_in_required,
    service,
    signed_in,
)
from survey.web.form_errors import show_problem

blueprint = Blueprint("api_tokens", __name__, url_prefix="/account/tokens")


@blueprint.route("/new", methods=["GET", "POST"])
@fresh_sign_in_required
def new() -> ResponseReturnValue:
    """Make a token, and show it this once."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            with service().database.writing() as session:
                token = make_token(
                    session,
                    own_account(session),
                    form.label.data or "",
                    form.chosen(),
                    int(form.days.data),
                    service().now(),
                )
        except AccountError as error:
            show_problem(form, str(error), {"Name": "label", "Scopes": "scopes", "Expiry": "days"})
        else:
            return render_template(
                "account/token_made.html", token=token, label=form.label.data, form=form
            )
    page = render_template("account/token.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/<uuid:token_id>/revoke")
@signed_in
def revoke(token_id: uuid.UUID) -> ResponseReturnValue:
    """End a token at once."""
    if not is_sure():
        return confirmation_page(
            gettext("Revoke this token?"),
            gettext("The program that uses it can do nothing here any more."),
            gettext("Revoke the token"),
            url_for("account.show"),
        )
    with service().database.writing() as session:
        if not revoke_token(session, current_person(), token_id, service().now()):
            abort(404)
    flash(gettext("The token is revoked."), "success")
    return redirect(url_for("account.show"))
