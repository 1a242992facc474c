"""Who asks: the person whose token a program shows, and nobody else.

A browser's session counts for nothing here, so no page elsewhere can have a browser ask for its
owner; that is why these requests carry no token against forgery.
"""

from __future__ import annotations

import re
from typing import NoReturn, cast

from flask import g, request

from survey.accounts.api_tokens import Scope, TokenUse, find_token, note_used
from survey.accounts.roles import roles_of
from survey.api.problems import ProblemError
from survey.web.current import service
from survey.web.rate_limits import limit_refused_programs

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{1,200}=*)", re.IGNORECASE)


def authenticate(scope: Scope | None) -> None:
    """Find out whose token is shown, and whether it is for this. Raises ProblemError."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        _refuse("Send a token of yours as `Authorization: Bearer …`. You make one on your account.")
    today = service().today()
    with service().database.reading() as session:
        use = find_token(session, found[1], today)
    if use is None:
        _refuse("This token is not one of ours, was revoked, or has expired.", "invalid_token")
    if use.token.last_used_on != today:
        with service().database.writing() as session:
            note_used(session, use, today)
    g.person, g.roles = use.person, roles_of(use.person, is_mentee=use.is_mentee)
    g.api_use, g.api_token = use, found[1]
    if scope is not None and scope not in use.scopes:
        said = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise ProblemError(
            403,
            "missing-scope",
            f"This token is not for {scope}. Make one that is.",
            headers={"WWW-Authenticate": said},
        )


def current_use() -> TokenUse:
    """The token that is shown, and whose it is. Only behind `authenticate`."""
    return cast(TokenUse, g.api_use)


def shown_token() -> str:
    """The token itself, which the service keeps nowhere."""
    return cast(str, g.api_token)


@limit_refused_programs
def _count_refusal() -> None:
    """So that nobody tries tokens without end. Raises RateLimitExceeded."""


def _refuse(detail: str, error: str = "") -> NoReturn:
    _count_refusal()
    said = f'Bearer error="{error}"' if error else "Bearer"
    raise ProblemError(401, "no-token", detail, headers={"WWW-Authenticate": said})
