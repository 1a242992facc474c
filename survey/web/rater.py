"""The rater's way: open the link, answer, review, send, receipt.

The token travels in the path only once, on the click in the e-mail. It is exchanged for a signed
cookie that belongs to one path with a random handle, so that neither address bar, history, logs
nor referrers keep it, and so that two forms can be open in one browser. The handle is new at each
click and means nothing: a log of requests cannot be set beside the invitations.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from survey.anonymity.comment_warnings import pointer_in
from survey.frameworks.questionnaire import GroupForm
from survey.rounds.answers import (
    COMMENT_PREFIX,
    NOT_OBSERVED,
    RATING_PREFIX,
    RATING_THEN_PREFIX,
    read_answers,
)
from survey.rounds.briefing import rater_briefing
from survey.rounds.errors import InvalidAnswersError, LinkError, UsedLinkError
from survey.rounds.submit import decline, form_of, submit_feedback
from survey.storage.models import Invitation, Round
from survey.web.current import service

blueprint = Blueprint("rater", __name__)

_COOKIE_SALT = "survey.rater-cookie.v1"
# Long enough to be interrupted and come back the same day; afterwards the e-mail opens it again.
_COOKIE_LIFE_SECONDS = 24 * 3600


class MissingCookieError(LinkError):
    """The browser did not keep the cookie, or it has run out."""

    problem = "cookie"


@blueprint.get("/r/<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Exchange the token for a cookie and go on to a clean address. Consumes nothing."""
    return _exchange(token, "rater.form")


@blueprint.get("/r/<token>/decline")
def open_decline_link(token: str) -> ResponseReturnValue:
    """The same for the "unsubscribe" link of mail programs, leading to the page to decline."""
    return _exchange(token, "rater.confirm_decline")


@blueprint.get("/feedback/<handle>")
def form(handle: str) -> ResponseReturnValue:
    """The form."""
    with service().database.reading() as session:
        invitation = service().rater_links.find(session, _token(handle), service().today())
        return _render_form(invitation, form_of(invitation), handle, {}, [])


@blueprint.post("/feedback/<handle>")
def answer(handle: str) -> ResponseReturnValue:
    """Review, change or send, as the pressed button says."""
    step = request.form.get("step", "review")
    token = _token(handle)
    if step == "submit":
        try:
            with service().database.writing() as session:
                submit_feedback(
                    session, service().rater_links, token, request.form, service().today()
                )
        except UsedLinkError:
            # A double click, a reload or a second tab: what was sent first counts.
            return redirect(url_for("rater.already_used", handle=handle), 303)
        except InvalidAnswersError as error:
            return _show(handle, token, error.problems), 422
        return redirect(url_for("rater.receipt", handle=handle), 303)
    if step == "edit":
        return _show(handle, token, [])
    with service().database.reading() as session:
        invitation = service().rater_links.find(session, token, service().today())
        group_form = form_of(invitation)
        values = _known_values(group_form)
        try:
            read_answers(
                group_form,
                invitation.group_key,
                values,
                retrospective=invitation.round.retrospective,
            )
        except InvalidAnswersError as error:
            return _render_form(invitation, group_form, handle, values, error.problems), 422
        return render_template(
            "rater/review.html",
            **_context(invitation, group_form, handle),
            values=values,
            problems=[],
            summary=_summary(group_form, values),
            comment_summary=_comment_summary(invitation, group_form, values),
            unanswered=sum(
                1
                for competency in group_form.competencies
                for item in competency.items
                if not values.get(RATING_PREFIX + item.id)
            ),
        )


@blueprint.get("/feedback/<handle>/thank-you")
def receipt(handle: str) -> ResponseReturnValue:
    """Thanks, once the answers are safe."""
    return _after_use(handle, "rater/receipt.html", declined=False)


@blueprint.get("/feedback/<handle>/decline")
def confirm_decline(handle: str) -> ResponseReturnValue:
    """Ask once before declining."""
    with service().database.reading() as session:
        invitation = service().rater_links.find(session, _token(handle), service().today())
        return render_template(
            "rater/decline.html", **_context(invitation, form_of(invitation), handle)
        )


@blueprint.post("/feedback/<handle>/decline")
def send_decline(handle: str) -> ResponseReturnValue:
    """Decline."""
    try:
        with service().database.writing() as session:
            decline(session, service().rater_links, _token(handle), service().today())
    except UsedLinkError:
        return redirect(url_for("rater.already_used", handle=handle), 303)
    return redirect(url_for("rater.declined", handle=handle), 303)


@blueprint.get("/feedback/<handle>/declined")
def declined(handle: str) -> ResponseReturnValue:
    """The receipt of a decline."""
    return _after_use(handle, "rater/receipt.html", declined=True)


@blueprint.get("/feedback/<handle>/already-used")
def already_used(handle: str) -> ResponseReturnValue:
    """What was sent first counts; whether that was feedback or a decline is stored nowhere."""
    return _after_use(handle, "rater/already_used.html")


@blueprint.get("/anonymity")
def anonymity() -> ResponseReturnValue:
    """The promise to raters in plain words."""
    return render_template("rater/anonymity.html")


@blueprint.errorhandler(LinkError)
def link_problem(error: LinkError) -> ResponseReturnValue:
    """Say kindly why a link opens no form, and what to do."""
    return render_template("rater/link_problem.html", problem=error.problem), 410


def _exchange(token: str, endpoint: str) -> ResponseReturnValue:
    with service().database.reading() as session:
        service().rater_links.find(session, token, service().today())
    handle = secrets.token_urlsafe(9)
    response = make_response(redirect(url_for(endpoint, handle=handle), 303))
    response.set_cookie(
        _cookie_name(handle),
        _cookies().dumps(token),
        max_age=_COOKIE_LIFE_SECONDS,
        path=url_for("rater.form", handle=handle),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _token(handle: str) -> str:
    """The token that this browser exchanged for the handle. Raises MissingCookieError."""
    try:
        return str(
            _cookies().loads(
                request.cookies.get(_cookie_name(handle), ""), max_age=_COOKIE_LIFE_SECONDS
            )
        )
    except BadData as error:
        raise MissingCookieError from error


def _cookie_name(handle: str) -> str:
    return f"rater-{handle}"


def _cookies() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=_COOKIE_SALT)


def _show(handle: str, token: str, problems: list[str]) -> str:
    with service().database.reading() as session:
        invitation = service().rater_links.find(session, token, service().today())
        group_form = form_of(invitation)
        values = _known_values(group_form)
        return _render_form(invitation, group_form, handle, values, problems)


def _render_form(
    invitation: Invitation,
    group_form: GroupForm,
    handle: str,
    values: dict[str, str],
    problems: list[str],
) -> str:
    return render_template(
        "rater/form.html",
        **_context(invitation, group_form, handle),
        values=values,
        problems=problems,
    )


def _context(invitation: Invitation, group_form: GroupForm, handle: str) -> dict[str, object]:
    round_ = invitation.round
    return rater_briefing(invitation, group_form) | {
        "form": group_form,
        "retrospective": round_.retrospective,
        "then_label": _then_label(round_),
        "action_url": url_for("rater.answer", handle=handle),
        "decline_url": url_for("rater.confirm_decline", handle=handle),
        "draft_key": _draft_key(_token(handle)),
    }


def _after_use(handle: str, template: str, **values: object) -> ResponseReturnValue:
    """A page for a link that is used up; where it is not, the form."""
    token = _token(handle)
    with service().database.reading() as session:
        invitation = service().rater_links.find_any(session, token, service().today())
        if not invitation.done:
            # Nothing was sent yet; a receipt would be a lie.
            return redirect(url_for("rater.form", handle=handle))
        return render_template(
            template,
            mentee_name=invitation.round.mentorship.mentee.name,
            draft_key=_draft_key(token),
            **values,
        )


def _comment_summary(
    invitation: Invitation, group_form: GroupForm, values: dict[str, str]
) -> list[tuple[str, str, str | None]]:
    """Per question its text, the comment, and words in it that may point at a person."""
    known = invitation.round.mentorship.mentee.name.split()
    english = group_form.language.startswith("en")
    summary = []
    for question in group_form.questions:
        text = values.get(COMMENT_PREFIX + question.id, "")
        summary.append((question.text, text, pointer_in(text, known, english=english)))
    return summary


def _then_label(round_: Round) -> str:
    """What "back then" means: the month of the earlier round, or of the mentoring's start."""
    earlier = round_.compared_with.launched_on if round_.compared_with else None
    return f"{earlier or round_.mentorship.started_on:%B %Y}"


def _draft_key(token: str) -> str:
    """A name for the draft on the rater's device: the same at each click, and not the token."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, b"draft:" + token.encode(), hashlib.sha256).hexdigest()[:24]


def _known_values(group_form: GroupForm) -> dict[str, str]:
    """The submitted fields that the form knows, with answers off the scale left out."""
    offered = {NOT_OBSERVED} | {str(point.value) for point in group_form.scale}
    values = {}
    for competency in group_form.competencies:
        for item in competency.items:
            for name in (RATING_PREFIX + item.id, RATING_THEN_PREFIX + item.id):
                given = request.form.get(name, "")
                if given in offered:
                    values[name] = given
    for question in group_form.questions:
        text = request.form.get(COMMENT_PREFIX + question.id, "")
        if text.strip():
            values[COMMENT_PREFIX + question.id] = text
    return values


def _summary(
    group_form: GroupForm, values: dict[str, str]
) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    """Per competency the statements with the answers for now and, where asked, for back then."""
    labels = {str(point.value): f"{point.value} – {point.label}" for point in group_form.scale}
    labels[NOT_OBSERVED] = group_form.not_observed
    return [
        (
            competency.title,
            [
                (
                    item.text,
                    labels.get(values.get(RATING_PREFIX + item.id, "")),
                    labels.get(values.get(RATING_THEN_PREFIX + item.id, "")),
                )
                for item in competency.items
            ],
        )
        for competency in group_form.competencies
    ]
