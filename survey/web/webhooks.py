"""One's own webhooks: registering one, how it fares, trying it, and revoking it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource
from survey.storage.models import Person, Webhook, WebhookState
from survey.storage.queries import webhooks as webhook_queries
from survey.web.access import own_account, require, webhook_delivery_for, webhook_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import (
    current_person,
    fresh_sign_in_required,
    may,
    service,
    signed_in,
)
from survey.web.form_errors import show_problem
from survey.web.languages import in_words
from survey.web.rate_limits import limit_webhooks
from survey.web.webhook_forms import EVENT_TEXTS, WebhookForm
from survey.webhooks.errors import WebhookError
from survey.webhooks.registering import register, revoke_webhook, send_again, send_test

blueprint = Blueprint("webhooks", __name__, url_prefix="/account/webhooks")

# The page shows the newest; older ones go soon anyhow.
_SHOWN = 50


@dataclass(frozen=True)
class WebhookSummary:
    """A webhook as the account's page lists it: the machine alone, since a path can be a secret."""

    id: uuid.UUID
    machine: str
    events: Sequence[str]
    created_on: dt.date
    problem: str


def may_have_webhooks() -> bool:
    """Whether there is anything that webhooks could tell the current person."""
    return may(Resource.WEBHOOK, Action.CREATE, Relation.OWN_ACCOUNT)


def webhook_summaries(session: Session, person: Person) -> list[WebhookSummary]:
    """The person's webhooks, each with what went wrong at the last attempt."""
    return [
        WebhookSummary(
            hook.id,
            machine_of(hook),
            hook.events.split(),
            hook.created_on,
            hook.last_problem,
        )
        for hook in webhook_queries.hooks_of(session, person.id)
    ]


def machine_of(webhook: Webhook) -> str:
    """The machine that a webhook leads to."""
    return urlsplit(webhook.address).netloc


@blueprint.route("/new", methods=["GET", "POST"])
@fresh_sign_in_required
def new() -> ResponseReturnValue:
    """Register a webhook, and show its secret this once."""
    require(Resource.WEBHOOK, Action.CREATE, Relation.OWN_ACCOUNT)
    form = WebhookForm()
    if form.validate_on_submit():
        try:
            with service().database.writing() as session:
                made = register(
                    session,
                    own_account(session),
                    form.address.data or "",
                    form.chosen(),
                    service().now(),
                    allow_private=service().webhooks_allow_private,
                )
                webhook_id, machine = made.webhook.id, machine_of(made.webhook)
        except WebhookError as error:
            show_problem(form, str(error), {"Address": "address", "Events": "events"})
        else:
            return render_template(
                "webhooks/registered.html",
                secret=made.secret,
                machine=machine,
                webhook_id=webhook_id,
            )
    page = render_template("webhooks/new.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.get("/<uuid:webhook_id>")
@signed_in
def show(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """How a webhook fares."""
    with service().database.reading() as session:
        webhook = webhook_for(session, webhook_id, Action.READ)
        return render_template(
            "webhooks/show.html",
            webhook=webhook,
            machine=machine_of(webhook),
            deliveries=webhook_queries.deliveries_to(session, webhook.id, _SHOWN),
            event_texts=EVENT_TEXTS,
            waiting=WebhookState.WAITING,
        )


@blueprint.post("/<uuid:webhook_id>/test")
@limit_webhooks
@signed_in
def test(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """Send a test."""
    try:
        with service().database.writing() as session:
            webhook = webhook_for(session, webhook_id, Action.WRITE)
            send_test(session, webhook, service().now())
    except WebhookError as error:
        flash(in_words(error), "error")
    else:
        flash(
            gettext("A test is on its way. Load this page anew in a while to see how it went."),
            "success",
        )
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/<uuid:webhook_id>/messages/<uuid:delivery_id>/again")
@limit_webhooks
@signed_in
def again(webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> ResponseReturnValue:
    """Send a message once more."""
    try:
        with service().database.writing() as session:
            delivery = webhook_delivery_for(session, webhook_id, delivery_id, Action.WRITE)
            send_again(session, delivery, service().now())
    except WebhookError as error:
        flash(in_words(error), "error")
    else:
        flash(gettext("It is on its way again, under the same id."), "success")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@blueprint.post("/<uuid:webhook_id>/revoke")
@signed_in
def revoke(webhook_id: uuid.UUID) -> ResponseReturnValue:
    """End a webhook at once."""
    with service().database.writing() as session:
        webhook = webhook_for(session, webhook_id, Action.DELETE)
        if not is_sure():
            return confirmation_page(
                gettext("Revoke this webhook?"),
                gettext(
                    "The program at %(machine)s is told nothing any more, and what waits for it "
                    "is dropped. The secret is gone.",
                    machine=machine_of(webhook),
                ),
                gettext("Revoke the webhook"),
                url_for("account.show"),
            )
        revoke_webhook(session, current_person(), webhook, service().now())
    flash(gettext("The webhook is revoked."), "success")
    return redirect(url_for("account.show"))
