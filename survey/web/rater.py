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
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

from survey.frameworks.questionnaire import GroupForm
from survey.frameworks.statement_order import ORDERS, in_order
from survey.kept import HandedOver, Kept
from survey.rounds.answers import (
    COMMENT_PREFIX,
    NOT_OBSERVED,
    RATING_PREFIX,
    RATING_THEN_PREFIX,
    read_answers,
)
from survey.rounds.briefing import briefing
from survey.rounds.errors import AnswerProblem, InvalidAnswersError, LinkError, UsedLinkError
from survey.rounds.rater_place import RaterPlace, Shown, form_for
from survey.rounds.submit import decline, submit_feedback
from survey.storage.models import Round
from survey.web.answer_problems import in_words
from survey.web.current import service
from survey.web.languages import in_language
from survey.web.rater_review import own_answers, ready_review
from survey.web.ready_pages import ReadyPage, gap

blueprint = Blueprint("rater", __name__)

_PAGES = "survey.rater_pages"
_CONTEXTS = "survey.rater_contexts"
_OPENED = "survey.rater_opened"
_SENT = "survey.rater_sent"
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
    token = _token(handle)
    shown = _handed_over(_OPENED).take(handle) or _place(token).shown
    order = _order(shown, token)
    page = _pages().get(
        (request.script_root, "form", shown, order), lambda: _ready_form(shown, order)
    )
    return page.filled(csrf_token=generate_csrf(), **_personal(handle, token))


@blueprint.post("/feedback/<handle>")
def answer(handle: str) -> ResponseReturnValue:
    """Review, change or send, as the pressed button says."""
    step = request.form.get("step", "review")
    token = _token(handle)
    if step == "submit":
        return _send(handle, token)
    shown = _place(token).shown
    group_form = _form(shown)
    values = _known_values(group_form)
    if step == "edit":
        return _form_with(shown, handle, values, [])
    try:
        read_answers(group_form, shown.group_key, values, retrospective=shown.retrospective)
    except InvalidAnswersError as error:
        return _form_with(shown, handle, values, error.problems), 422
    return _review(shown, handle, values)


@blueprint.get("/feedback/<handle>/thank-you")
def receipt(handle: str) -> ResponseReturnValue:
    """Thanks, once the answers are safe."""
    return _after_use(handle, "rater/receipt.html", declined=False)


@blueprint.get("/feedback/<handle>/decline")
def confirm_decline(handle: str) -> ResponseReturnValue:
    """Ask once before declining."""
    token = _token(handle)
    shown = _place(token).shown
    with in_language(shown.language):
        return render_template("rater/decline.html", **_context(shown), **_personal(handle, token))


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
    shown = _place(token).shown
    handle = secrets.token_urlsafe(9)
    _handed_over(_OPENED).leave(handle, shown)
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
    # Not "__Host-", which needs the path "/": the cookie is for one form alone.
    prefix = "__Secure-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}rater-{handle}"


def _cookies() -> URLSafeTimedSerializer:
    return _cookies_with(current_app.config["SECRET_KEY"])


@lru_cache(maxsize=4)
def _cookies_with(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt=_COOKIE_SALT)


def _place(token: str) -> RaterPlace:
    """The open place that a token belongs to. Raises LinkError."""
    with service().database.glancing() as connection:
        return service().rater_links.place(connection, token, service().today())


def _form(shown: Shown) -> GroupForm:
    with service().database.reading() as session:
        return form_for(session, shown)


def _send(handle: str, token: str) -> ResponseReturnValue:
    """Take the answers, once and for good."""
    try:
        with service().database.writing() as session:
            shown = submit_feedback(
                session, service().rater_links, token, request.form, service().today()
            )
    except UsedLinkError:
        # A double click, a reload or a second tab: what was sent first counts.
        return redirect(url_for("rater.already_used", handle=handle), 303)
    except InvalidAnswersError as error:
        shown = _place(token).shown
        return _form_with(shown, handle, _known_values(_form(shown)), error.problems), 422
    _handed_over(_SENT).leave(handle, shown)
    return redirect(url_for("rater.receipt", handle=handle), 303)


def _pages() -> Kept[tuple[object, ...], ReadyPage]:
    """The pages of this application that are kept ready.

    A minute is enough for many raters at once, and not long for a name that is erased meanwhile.
    """
    pages: Kept[tuple[object, ...], ReadyPage] = current_app.extensions[_PAGES]
    return pages


@blueprint.record_once
def _make_room(state: BlueprintSetupState) -> None:
    state.app.extensions[_CONTEXTS] = Kept[Shown, dict[str, Any]](most=500, seconds=60)
    state.app.extensions[_PAGES] = Kept[tuple[object, ...], ReadyPage](most=500, seconds=60)
    for name in (_OPENED, _SENT):
        state.app.extensions[name] = HandedOver[str, Shown](most=1000, seconds=2)


def _handed_over(name: str) -> HandedOver[str, Shown]:
    """What the request before a redirection found, for the request that follows it at once.

    It lies under the random handle and names no invitation: how an answer's sender could be told
    is not kept in memory either. Sending decides anew.
    """
    handed_over: HandedOver[str, Shown] = current_app.extensions[name]
    return handed_over


def _order(shown: Shown, token: str) -> int:
    """In which order a rater reads the statements: the same at each click, and stored nowhere.

    Only who knows the server's secret can work it out, and only while the link is known. What is
    sent says nothing of it: answers are read in the order of the questionnaire.
    """
    if not _context(shown)["form"].shuffled:
        return 0
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, b"order:" + token.encode(), hashlib.sha256).digest()[0] % ORDERS


def _ready_form(shown: Shown, order: int) -> ReadyPage:
    """The empty form, without what differs from rater to rater."""
    gaps = {name: gap(name) for name in ("action_url", "decline_url", "draft_key")}
    with in_language(shown.language):
        return ReadyPage(
            render_template(
                "rater/form.html",
                **_ordered_context(shown, order),
                **gaps,
                csrf_token=lambda: gap("csrf_token"),
                values={},
                problems=[],
            )
        )


def _form_with(
    shown: Shown, handle: str, values: dict[str, str], problems: Sequence[AnswerProblem]
) -> str:
    """The form with answers in it, and what is to be mended."""
    token = _token(handle)
    with in_language(shown.language):
        return render_template(
            "rater/form.html",
            **_ordered_context(shown, _order(shown, token)),
            **_personal(handle, token),
            values=values,
            problems=[(in_words(problem), problem.field) for problem in problems],
        )


def _review(shown: Shown, handle: str, values: dict[str, str]) -> ResponseReturnValue:
    order = _order(shown, _token(handle))
    context = _ordered_context(shown, order)
    action_url = url_for("rater.answer", handle=handle)
    with in_language(shown.language):
        page = _pages().get(
            (request.script_root, "review", shown, order), lambda: ready_review(context)
        )
        return page.filled(
            csrf_token=generate_csrf(),
            action_url=action_url,
            **own_answers(context["form"], shown.mentee_name, values, action_url),
        )


def _ordered_context(shown: Shown, order: int) -> dict[str, Any]:
    """What raters see alike who read the statements in one order."""
    context = _context(shown)
    return context | {"form": in_order(context["form"], order)}


def _context(shown: Shown) -> dict[str, Any]:
    """What all raters of a group see alike."""
    contexts: Kept[Shown, dict[str, Any]] = current_app.extensions[_CONTEXTS]
    return contexts.get(shown, lambda: _read_context(shown))


def _read_context(shown: Shown) -> dict[str, Any]:
    with service().database.reading() as session:
        group_form = form_for(session, shown)
        purpose = session.get_one(Round, shown.round_id).purpose
    return briefing(shown, group_form, purpose) | {
        "form": group_form,
        "retrospective": shown.retrospective,
        "then_on": shown.then_on,
    }


def _personal(handle: str, token: str) -> dict[str, str]:
    """What differs from rater to rater."""
    return {
        "action_url": url_for("rater.answer", handle=handle),
        "decline_url": url_for("rater.confirm_decline", handle=handle),
        "draft_key": _draft_key(token),
    }


def _after_use(handle: str, template: str, *, declined: bool = False) -> ResponseReturnValue:
    """A page for a link that is used up; where it is not, the form."""
    token = _token(handle)
    shown = _handed_over(_SENT).take(handle)
    if shown is None:
        with service().database.glancing() as connection:
            place = service().rater_links.any_place(connection, token, service().today())
        if not place.done:
            # Nothing was sent yet; a receipt would be a lie.
            return redirect(url_for("rater.form", handle=handle))
        shown = place.shown
    name = shown.mentee_name
    with in_language(shown.language):
        page = _pages().get(
            (request.script_root, template, name, declined, shown.language),
            lambda: ReadyPage(
                render_template(
                    template, mentee_name=name, draft_key=gap("draft_key"), declined=declined
                )
            ),
        )
    return page.filled(draft_key=_draft_key(token))


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
