"""The people with an account, for administrators: who is here, and what they may do."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey.accounts.errors import AccountError
from survey.accounts.policy import Action, Resource
from survey.accounts.roles import (
    GIVEN_ROLES,
    activate,
    add_person,
    change_roles,
    deactivate,
    roles_of,
)
from survey.accounts.sign_in import send_link
from survey.privacy.audit_trail import Action as Deed
from survey.storage.models import Person
from survey.storage.queries import people as people_queries
from survey.web.access import person_for
from survey.web.account_forms import ROLE_NAMES, PersonForm, RolesForm
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import (
    current_person,
    fresh_sign_in_required,
    permitted,
    request_session,
    service,
)
from survey.web.deeds import note_deed
from survey.web.form_errors import show_problem
from survey.web.languages import in_words
from survey.web.rate_limits import limit_letters

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("")
@permitted(Resource.PERSON, Action.READ)
def index() -> ResponseReturnValue:
    """Everybody with an account."""
    with service().database.reading() as session:
        people = [
            (person, sorted(roles_of(person, is_mentee=is_mentee)))
            for person, is_mentee in people_queries.everybody(session)
        ]
    return render_template("people/index.html", people=people, role_names=ROLE_NAMES)


@blueprint.route("/new", methods=["GET", "POST"])
@permitted(Resource.PERSON, Action.CREATE)
@fresh_sign_in_required
@limit_letters
def new() -> ResponseReturnValue:
    """Give somebody an account."""
    form = PersonForm()
    if form.validate_on_submit():
        try:
            with service().database.writing() as session:
                person = add_person(
                    session,
                    form.name.data or "",
                    form.email.data or "",
                    form.chosen(),
                    added_by=current_person(),
                    now=service().now(),
                )
                send_link(session, service().sign_in_links, person, service().now())
        except AccountError as error:
            show_problem(form, str(error), {"Name": "name", "E-mail": "email"})
        else:
            flash(
                gettext(
                    "%(person)s has an account. A sign-in link is on its way.", person=person.name
                ),
                "success",
            )
            return redirect(url_for("people.index"))
    return render_template("people/new.html", form=form)


@blueprint.route("/<uuid:person_id>", methods=["GET", "POST"])
@permitted(Resource.PERSON, Action.READ)
@fresh_sign_in_required
def show(person_id: uuid.UUID) -> ResponseReturnValue:
    """One person: roles to change, a link to send, and the account to close."""
    with request_session() as session:
        person = person_for(session, person_id, Action.WRITE)
        form = RolesForm(roles=_given(person))
        if form.validate_on_submit():
            try:
                change_roles(
                    session,
                    person,
                    form.chosen(),
                    changed_by=current_person(),
                    now=service().now(),
                )
            except AccountError as error:
                show_problem(form, str(error), {"Roles": "roles"})
            else:
                flash(gettext("The roles of %(person)s are saved.", person=person.name), "success")
                return redirect(url_for("people.index"))
        page = render_template(
            "people/show.html",
            form=form,
            person=person,
            is_mentee=people_queries.is_mentee(session, person.id),
        )
        return (page, 422) if form.errors else page


@blueprint.post("/<uuid:person_id>/sign-in-link")
@permitted(Resource.PERSON, Action.READ)
@limit_letters
def send_sign_in_link(person_id: uuid.UUID) -> ResponseReturnValue:
    """Send somebody a sign-in link, to their own address."""
    with service().database.writing() as session:
        person = person_for(session, person_id, Action.WRITE)
        send_link(session, service().sign_in_links, person, service().now())
        note_deed(session, Deed.SIGN_IN_LINK_SENT, person.id)
    flash(
        gettext(
            "A sign-in link for %(person)s is on its way to %(email)s.",
            person=person.name,
            email=person.email,
        ),
        "success",
    )
    return redirect(url_for("people.index"))


@blueprint.post("/<uuid:person_id>/deactivate")
@permitted(Resource.PERSON, Action.READ)
@fresh_sign_in_required
def close(person_id: uuid.UUID) -> ResponseReturnValue:
    """Keep somebody out; nothing of theirs is deleted."""
    with request_session() as session:
        person = person_for(session, person_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Deactivate %(person)s?", person=person.name),
                gettext(
                    "The person is signed out everywhere and cannot sign in. What belongs to them "
                    "stays, and you can activate the account again."
                ),
                gettext("Deactivate"),
                url_for("people.show", person_id=person_id),
            )
        try:
            deactivate(session, person, deactivated_by=current_person(), now=service().now())
        except AccountError as error:
            flash(in_words(error), "error")
            return redirect(url_for("people.show", person_id=person_id))
    flash(gettext("%(person)s cannot sign in any more.", person=person.name), "success")
    return redirect(url_for("people.index"))


@blueprint.post("/<uuid:person_id>/activate")
@permitted(Resource.PERSON, Action.READ)
@fresh_sign_in_required
def reopen(person_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody in again."""
    with service().database.writing() as session:
        person = person_for(session, person_id, Action.DELETE)
        activate(session, person, activated_by=current_person(), now=service().now())
    flash(gettext("%(person)s can sign in again.", person=person.name), "success")
    return redirect(url_for("people.index"))


def _given(person: Person) -> list[str]:
    held = roles_of(person, is_mentee=False)
    return [role.value for role in GIVEN_ROLES if role in held]
