"""Who is asking, and the service that answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, cast

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey.service import Service
from survey.storage.models import Person

SERVICE_EXTENSION = "survey"
_SESSION_KEY = "person"

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

    Raters' pages and static files do not: there, nobody is known by design.
    """
    g.person = None
    if request.blueprint in (None, "rater") or _SESSION_KEY not in session:
        return
    with service().database.reading() as database_session:
        g.person = database_session.get(Person, uuid.UUID(session[_SESSION_KEY]))


def sign_in_as(person: Person) -> None:
    """Start a session for the person; nothing of an earlier session survives."""
    session.clear()
    session[_SESSION_KEY] = str(person.id)
    session.permanent = True


def sign_out() -> None:
    """End the session."""
    session.clear()


def current_person() -> Person:
    """The person who is signed in. Only for views behind `signed_in` or `mentors_only`."""
    return cast(Person, g.person)


def signed_in(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only people in who are signed in; send others to the sign-in page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.person is None:
            flash("Please sign in first.", "info")
            return redirect(url_for("accounts.request_link"))
        return view(*args, **kwargs)

    return guarded


def mentors_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only mentors in. For everybody else the page does not exist."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_person().is_mentor:
            abort(404)
        return view(*args, **kwargs)

    return signed_in(guarded)


def programme_leads_only(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Let only programme leads in. For everybody else the page does not exist."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_person().is_programme_lead:
            abort(404)
        return view(*args, **kwargs)

    return signed_in(guarded)


def navigation() -> dict[str, Any]:
    """What every template knows: names, and the main menu of the person who looks."""
    person = g.get("person")
    items = []
    if person is not None:
        items.append(("Home", url_for("home.index"), request.endpoint == "home.index"))
        if person.is_mentor:
            items.append(
                ("Frameworks", url_for("frameworks.index"), request.blueprint == "frameworks")
            )
        if person.is_programme_lead:
            items.append(
                ("Programme", url_for("programme.show"), request.endpoint == "programme.show")
            )
    return {
        "service_name": service().name,
        "current_person": person,
        "nav_items": items,
        "home_url": url_for("home.index"),
        "mailbox_url": url_for("mailbox.index") if "mailbox" in current_app.blueprints else None,
    }


def person_or_none() -> Person | None:
    """The person who is signed in, if any."""
    return cast("Person | None", g.get("person"))
