"""One's own account: details, where one is signed in, passkeys, and showing who one is."""

from __future__ import annotations

import json
import uuid

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.api_tokens import tokens_of
from survey.accounts.errors import AccountError
from survey.accounts.passkeys import add_passkey, registration_options, remove_passkey
from survey.accounts.people import change_details
from survey.accounts.sessions import end_one_session, end_other_sessions
from survey.accounts.sign_in import LINK_LIFE, send_link
from survey.languages.catalogues import LANGUAGES
from survey.privacy.audit_trail import Action as Deed
from survey.storage.queries import sign_in as sign_in_queries
from survey.web.access import own_account
from survey.web.account_forms import DetailsForm, PasskeyForm
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import (
    current_person,
    current_sign_in,
    fresh_sign_in_required,
    recently_authenticated,
    request_session,
    return_path,
    service,
    signed_in,
)
from survey.web.deeds import note_deed
from survey.web.form_errors import show_problem
from survey.web.languages import in_language, in_words
from survey.web.passkey_challenges import remember_challenge, take_challenge
from survey.web.rate_limits import limit_per_client
from survey.web.webhooks import may_have_webhooks, webhook_summaries

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.route("", methods=["GET", "POST"])
@signed_in
def show() -> ResponseReturnValue:
    """The account, with the form for one's details."""
    with request_session() as session:
        person = own_account(session)
        form = DetailsForm(obj=person)
        form.offer_languages(_languages(), person.language)
        if form.validate_on_submit():
            try:
                change_details(person, form.name.data or "", form.language.data)
            except AccountError as error:
                show_problem(form, str(error), {"Name": "name"})
            else:
                note_deed(session, Deed.PERSON_RECTIFIED, person.id)
                with in_language(person.language):
                    flash(gettext("Your details are saved."), "success")
                return redirect(url_for("account.show"))
        page = render_template(
            "account/show.html",
            form=form,
            person=person,
            sessions=sign_in_queries.sessions_of(session, person.id, service().now()),
            current_session_id=current_sign_in().session.id,
            passkeys=sign_in_queries.passkeys_of(session, person.id),
            tokens=tokens_of(session, person),
            today=service().today(),
            webhooks=webhook_summaries(session, person) if may_have_webhooks() else None,
        )
        return (page, 422) if form.errors else page


@blueprint.post("/sessions/<uuid:sign_in_id>/end")
@signed_in
def end_session(sign_in_id: uuid.UUID) -> ResponseReturnValue:
    """Sign out in one browser."""
    with service().database.writing() as session:
        if not end_one_session(session, current_person(), sign_in_id):
            abort(404)
        note_deed(session, Deed.SIGN_INS_REVOKED, current_person().id)
    flash(gettext("That browser is signed out."), "success")
    return redirect(url_for("account.show"))


@blueprint.post("/sessions/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    with service().database.writing() as session:
        end_other_sessions(session, current_person(), current_sign_in().session.id)
        note_deed(session, Deed.SIGN_INS_REVOKED, current_person().id)
    flash(gettext("You are signed out everywhere but here."), "success")
    return redirect(url_for("account.show"))


@blueprint.route("/passkeys/new", methods=["GET", "POST"])
@fresh_sign_in_required
def new_passkey() -> ResponseReturnValue:
    """Register a passkey. The browser's part needs JavaScript."""
    form = PasskeyForm()
    if form.validate_on_submit():
        try:
            credential = json.loads(form.credential.data or "")
        except (ValueError, RecursionError):
            credential = None
        try:
            with service().database.writing() as session:
                add_passkey(
                    session,
                    service().relying_party,
                    current_person(),
                    form.label.data or "",
                    credential,
                    take_challenge(),
                    service().now(),
                )
        except AccountError as error:
            show_problem(form, str(error), {"Name": "label"})
        else:
            flash(
                gettext("The passkey is registered. Next time, you can sign in with it."), "success"
            )
            return redirect(url_for("account.show"))
    return render_template("account/passkey.html", form=form)


@blueprint.post("/passkeys/options")
@fresh_sign_in_required
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    try:
        with service().database.writing() as session:
            options, challenge = registration_options(
                session, service().relying_party, current_person(), service().now()
            )
    except AccountError as error:
        return {"problem": in_words(error)}, 409
    remember_challenge(challenge)
    return Response(options, mimetype="application/json")


@blueprint.post("/passkeys/<uuid:passkey_id>/remove")
@fresh_sign_in_required
def drop_passkey(passkey_id: uuid.UUID) -> ResponseReturnValue:
    """Forget a passkey."""
    if not is_sure():
        return confirmation_page(
            gettext("Remove this passkey?"),
            gettext(
                "Nobody can sign in with it any more. You can still sign in with a link by e-mail."
            ),
            gettext("Remove the passkey"),
            url_for("account.show"),
        )
    with service().database.writing() as session:
        if not remove_passkey(session, current_person(), passkey_id):
            abort(404)
        note_deed(session, Deed.PASSKEY_REMOVED, current_person().id)
    flash(gettext("The passkey is removed."), "success")
    return redirect(url_for("account.show"))


@blueprint.get("/confirm")
@signed_in
def confirm() -> ResponseReturnValue:
    """Ask once more who is there, before something sensitive."""
    if recently_authenticated():
        return redirect(return_path())
    with service().database.reading() as session:
        has_passkey = bool(sign_in_queries.passkeys_of(session, current_person().id))
    return render_template(
        "account/confirm.html",
        has_passkey=has_passkey and service().relying_party.is_possible,
        back_url=return_path(),
    )


@blueprint.post("/confirm/link")
@limit_per_client
@signed_in
def send_confirmation() -> ResponseReturnValue:
    """Send a link to the person's own address."""
    with service().database.writing() as session:
        person = own_account(session)
        send_link(session, service().sign_in_links, person, service().now())
    minutes = int(LINK_LIFE.total_seconds() // 60)
    return render_template("account/link_sent.html", minutes=minutes)


def _languages() -> list[str]:
    """Those of pages and letters, then others that a framework has."""
    shipped = service().catalogue.shipped.values()
    of_frameworks = {language for framework in shipped for language in framework.languages}
    return [*LANGUAGES, *sorted(of_frameworks - LANGUAGES.keys())]
