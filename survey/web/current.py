"""Who is asking, and the service that answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Relation, Resource, Role, allowed
from survey.accounts.roles import roles_of
from survey.accounts.sessions import (
    SignedIn,
    end_session,
    find_session,
    is_due,
    is_recent,
    note_seen,
    owner_of,
    start_session,
)
from survey.service import Service
from survey.storage.models import Person
from survey.web.local_paths import local_path, nearest_page
from survey.web.typed import not_saved_page, typed_texts

SERVICE_EXTENSION = "survey"
# What the browser keeps of a sign-in: a random token. All else lies on the server.
_TOKEN = "sign_in"  # noqa: S105
_RETURN_TO = "return_to"
# Whose way it is while nobody is known: a letter's link was opened, and the sign-in comes first.
_NOBODY = ""

P = ParamSpec("P")


def service() -> Service:
    """The service behind the current application."""
    return cast(Service, current_app.extensions[SERVICE_EXTENSION])


@contextmanager
def request_session() -> Iterator[Session]:
    """A database session for a view that both shows a form and takes it.

    Only a request that may change something gets one that writes.
    """
    database = service().database
    with database.writing() if request.method == "POST" else database.reading() as session:
        yield session


def load_current_person() -> None:
    """Find out who is signed in, before each request that may need to know.

    Raters' pages and static files do not: there, nobody is known by design. Neither do pages for
    monitoring, which must answer without the database. Programs show a token instead.
    """
    g.person = g.signed_in = g.timed_out = None
    g.roles = frozenset()
    if request.blueprint in (None, "rater", "health", "api", "brand") or _TOKEN not in session:
        return
    now = service().now()
    idle = dt.timedelta(minutes=current_app.config["SESSION_IDLE_MINUTES"])
    with service().database.reading() as database_session:
        found = find_session(database_session, session[_TOKEN], now, idle)
        if found is None:
            g.timed_out = owner_of(database_session, session[_TOKEN])
    if found is None:
        session.clear()
        return
    if is_due(found.session, now):
        with service().database.writing() as database_session:
            note_seen(database_session, found.session.id, now)
    g.person, g.signed_in = found.person, found
    g.roles = roles_of(found.person, is_mentee=found.is_mentee)


def sign_in_as(
    database_session: Session, person: Person, *, confirmed_at: dt.datetime | None
) -> str:
    """Start a session for the person, and tell where they were on their way to.

    Nothing of an earlier session survives, on the server or in the browser.
    """
    way = session.get(_RETURN_TO) or {}
    if token := session.get(_TOKEN):
        end_session(database_session, token)
    session.clear()
    session[_TOKEN] = start_session(
        database_session,
        person,
        request.user_agent.string,
        service().now(),
        confirmed_at=confirmed_at,
    )
    session.permanent = True
    # A way that was noted for somebody is theirs alone; one noted for nobody is whoever's asked.
    path = local_path(way.get("path")) if way.get("person") in (_NOBODY, str(person.id)) else None
    if path and way.get("word"):
        flash(way["word"], "info")
    return path or url_for("home.index")


def sign_out() -> None:
    """End the session, on the server and in the browser."""
    if token := session.get(_TOKEN):
        with service().database.writing() as database_session:
            end_session(database_session, token)
    session.clear()


def current_person() -> Person:
    """The person who is signed in, or whose token a program shows. Only for guarded views."""
    return cast(Person, g.person)


def current_sign_in() -> SignedIn:
    """The person who is signed in, with the session. Only for views behind `signed_in`."""
    return cast(SignedIn, g.signed_in)


def current_roles() -> frozenset[Role]:
    """The roles of the person who asks; none when nobody is known."""
    return cast("frozenset[Role]", g.get("roles", frozenset()))


def may(resource: Resource, action: Action, relation: Relation = Relation.NONE) -> bool:
    """Whether the policy lets the current person do this."""
    return allowed(current_roles(), resource, action, relation)


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only people in who are signed in; send others to the sign-in page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.person is None:
            return _ask_to_sign_in()
        return view(*args, **kwargs)

    return guarded


def _ask_to_sign_in() -> ResponseReturnValue:
    """Send somebody to the sign-in page; what they typed while their session ran out stays."""
    if g.timed_out is None:
        _remember_way(nearest_page(), _NOBODY)
        flash(_("Please sign in first."), "info")
        return redirect(url_for("accounts.request_link"))
    _remember_way(nearest_page(), g.timed_out)
    if (typed := typed_texts()) is not None:
        return not_saved_page(typed), 403
    flash(
        _(
            "You were signed out, because nothing had happened for a while. Sign in again, and "
            "you go on where you were."
        ),
        "info",
    )
    return redirect(url_for("accounts.request_link"))


def _remember_way(path: str, person_id: uuid.UUID | str, word: str = "") -> None:
    """Note where this person, and nobody else, goes on after signing in; for `_NOBODY` anybody."""
    session[_RETURN_TO] = {"path": path, "person": str(person_id), "word": word}


def permitted(
    resource: Resource, action: Action
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let only people in whose roles allow this. For everybody else the page does not exist.

    For pages about no object in particular; an object is looked up through `survey.web.access`.
    """

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not may(resource, action):
                abort(404)
            return view(*args, **kwargs)

        return signed_in(guarded)

    return guard


def mentors_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only those in who may take on mentees. For everybody else the page does not exist."""
    return permitted(Resource.MENTORSHIP, Action.CREATE)(view)


def programme_leads_only(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let only programme leads in. For everybody else the page does not exist."""
    return permitted(Resource.PROGRAMME, Action.READ)(view)


def recently_authenticated() -> bool:
    """Whether the current person has shown within the last minutes that it is them."""
    return is_recent(current_sign_in().session, service().now())


def fresh_sign_in_required(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Ask again who is there, unless that was just shown; then go on where the person was.

    For what a stranger at an unlocked device must not do. What was about to be sent is not kept:
    the person comes back to the page that it was to be sent from.
    """

    return _asking_again(view, nearest_page, "")


def fresh_sign_in_for_file(
    page: str,
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """The same for a file to take away: the person comes back to the page that links to it.

    `page` is that page's endpoint; it takes arguments of the same names.
    """

    def path() -> str:
        (rule,) = current_app.url_map.iter_rules(page)
        arguments = {k: v for k, v in (request.view_args or {}).items() if k in rule.arguments}
        return url_for(page, **arguments)

    word = _l("Thank you, it is you. Now choose the file once more.")

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        return _asking_again(view, path, word)

    return guard


def _asking_again(
    view: Callable[P, ResponseReturnValue], path: Callable[[], str], word: str
) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not recently_authenticated():
            _remember_way(path(), current_person().id, str(word))
            return redirect(url_for("account.confirm"), 303)
        return view(*args, **kwargs)

    return signed_in(guarded)


def return_path() -> str:
    """Where a person goes on after having shown who they are."""
    way = session.get(_RETURN_TO) or {}
    return local_path(way.get("path")) or url_for("home.index")


def navigation() -> dict[str, Any]:
    """What every template knows: names, and the main menu of the person who looks."""
    person = g.get("person")
    items = []
    if person is not None:
        items.append((_("Home"), url_for("home.index"), request.endpoint == "home.index"))
        if may(Resource.FRAMEWORK, Action.READ):
            items.append(
                (
                    _("Frameworks"),
                    url_for("frameworks.index"),
                    request.blueprint in ("frameworks", "framework_drafts"),
                )
            )
        if may(Resource.REFLECTIVE_LOG, Action.READ, Relation.OWN_AS_MENTOR):
            items.append(
                (
                    _("Reflective log"),
                    url_for("reflective_log.index"),
                    request.blueprint == "reflective_log",
                )
            )
        if may(Resource.PROGRAMME, Action.READ):
            items.append(
                (
                    _("Programme"),
                    url_for("programme.show"),
                    request.endpoint == "programme.show",
                )
            )
        if may(Resource.PERSON, Action.READ):
            items.append((_("People"), url_for("people.index"), request.blueprint == "people"))
        if may(Resource.RETENTION, Action.READ):
            items.append((_("Privacy"), url_for("privacy.index"), request.blueprint == "privacy"))
    return {
        "service_name": service().name,
        "brand": service().brand,
        "current_person": person,
        "nav_items": items,
        "home_url": url_for("home.index"),
        "idle_minutes": current_app.config["SESSION_IDLE_MINUTES"],
        "passkeys_possible": service().relying_party.is_possible,
        "openid_label": (
            current_app.config["OIDC_LABEL"] if "openid" in current_app.blueprints else None
        ),
        "mailbox_url": url_for("mailbox.index") if "mailbox" in current_app.blueprints else None,
    }


def person_or_none() -> Person | None:
    """The person who is signed in, if any."""
    return cast("Person | None", g.get("person"))
