"""What somebody with an account can do about their own data."""

from __future__ import annotations

import uuid

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField
from wtforms.validators import Length, Optional

from survey.accounts.errors import AccountError
from survey.privacy.access_export import HOLDINGS, WITHHELD, Access, access_zip
from survey.privacy.audit_trail import Action, record
from survey.privacy.erasure import plan_for_person
from survey.privacy.errors import PrivacyError
from survey.privacy.notice import what_is_kept
from survey.privacy.requests import ask, withdraw
from survey.report.copies import report_copies
from survey.storage.models import RequestKind
from survey.storage.queries import erasure as erasure_queries
from survey.web.access import own_account, own_request_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import (
    current_person,
    fresh_sign_in_for_file,
    fresh_sign_in_required,
    service,
    signed_in,
)
from survey.web.form_errors import show_problem
from survey.web.languages import in_words
from survey.web.rate_limits import limit_files

blueprint = Blueprint("my_data", __name__, url_prefix="/my-data")


class RectificationForm(FlaskForm):
    """What is wrong about somebody; an empty field shall stay as it is."""

    name = StringField(
        _l("The right name"),
        validators=[Optional(), Length(max=120)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("The right e-mail address"),
        validators=[Optional(), Length(max=320)],
        description=_l(
            "An administrator makes sure that it is yours before changing it: sign-in links go "
            "there."
        ),
        render_kw={"autocomplete": "email"},
    )


@blueprint.get("")
@signed_in
def show() -> ResponseReturnValue:
    """What is held, how long, and what can be asked for."""
    return _page(RectificationForm())


@blueprint.post("/download")
@fresh_sign_in_for_file("my_data.show")
@limit_files
def download() -> ResponseReturnValue:
    """Everything about the person as a ZIP."""
    today = service().today()
    with service().database.writing() as session:
        person = own_account(session)
        content = access_zip(
            Access(session, person, today),
            current_app.config["TEMPLATE_FOLDER"],
            lambda session, round_: report_copies(
                session, round_, person.language, today, service().brand
            ),
        )
        record(session, person, Action.PERSON_EXPORTED, person.id, service().now())
    response = Response(content, content_type="application/zip")
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"my-data-{today.isoformat()}.zip"
    )
    return response


@blueprint.route("/rectify", methods=["GET", "POST"])
@signed_in
def rectify() -> ResponseReturnValue:
    """Ask for name or address to be put right."""
    form = RectificationForm()
    if form.validate_on_submit():
        name, email = form.name.data or "", form.email.data or ""
        if not name.strip() and not email.strip():
            form.form_errors.append(gettext("Enter the right name, the right address, or both."))
            return _page(form), 422
        try:
            with service().database.writing() as session:
                person = own_account(session)
                ask(
                    session,
                    person,
                    RequestKind.RECTIFICATION,
                    service().today(),
                    wanted_name=name,
                    wanted_email=email,
                )
        except (AccountError, PrivacyError) as error:
            show_problem(form, str(error), {"Name": "name", "E-mail": "email"})
        else:
            flash(gettext("Your request is with the administrators."), "success")
            return redirect(url_for("my_data.show"))
    return (_page(form), 422) if form.errors else _page(form)


@blueprint.route("/erasure", methods=["GET", "POST"])
@fresh_sign_in_required
def ask_for_erasure() -> ResponseReturnValue:
    """Show what an erasure takes away and what stays, and ask for it."""
    try:
        with service().database.writing() as session:
            person = own_account(session)
            plan = plan_for_person(session, person)
            if is_sure():
                ask(session, person, RequestKind.ERASURE, service().today())
                flash(gettext("Your request is with the administrators."), "success")
                return redirect(url_for("my_data.show"))
    except PrivacyError as error:
        flash(in_words(error), "error")
        return redirect(url_for("my_data.show"))
    return render_template("privacy/ask_for_erasure.html", plan=plan)


@blueprint.post("/requests/<uuid:request_id>/withdraw")
@signed_in
def take_back(request_id: uuid.UUID) -> ResponseReturnValue:
    """Take an own request back."""
    with service().database.reading() as session:
        own_request_for(session, request_id)
    if not is_sure():
        return confirmation_page(
            gettext("Take the request back?"),
            gettext("You can ask again at any time."),
            gettext("Take it back"),
            url_for("my_data.show"),
        )
    try:
        with service().database.writing() as session:
            withdraw(own_request_for(session, request_id), service().today())
    except PrivacyError as error:
        flash(in_words(error), "error")
    else:
        flash(gettext("The request is taken back."), "success")
    return redirect(url_for("my_data.show"))


def _page(form: RectificationForm) -> str:
    with service().database.reading() as session:
        return render_template(
            "privacy/my_data.html",
            form=form,
            requests=erasure_queries.requests_of(session, current_person().id),
            holdings=HOLDINGS,
            withheld=WITHHELD,
            kept=what_is_kept(service().retention),
            controller=service().controller,
        )
