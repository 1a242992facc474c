"""Signing in through the organisation's own sign-in service (OpenID Connect).

Authorization code flow with PKCE, state and nonce. Where no such service is set, there are no such
pages.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from joserfc.errors import JoseError

from survey.accounts.errors import SignInError
from survey.accounts.identities import person_of_identity
from survey.languages.message import Message
from survey.web import current
from survey.web.current import person_or_none, service
from survey.web.languages import in_words
from survey.web.rate_limits import limit_openid

blueprint = Blueprint("openid", __name__, url_prefix="/sign-in/openid")

_log = logging.getLogger(__name__)
_CLIENT = "openid"
_CLIENTS = "survey.openid"
_SECONDS = 10
# Signed with a key that the provider alone has: no shared secret, and never "none".
_ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"}
# What a provider that is away, mistaken or not to be believed makes of a request.
_FAILURES = (AuthlibBaseError, JoseError, requests.RequestException, ValueError, RuntimeError)


def register(app: Flask) -> None:
    """Add the pages: where a service is configured."""
    issuer = app.config["OIDC_ISSUER"]
    clients = OAuth(app)
    clients.register(
        _CLIENT,
        client_id=app.config["OIDC_CLIENT_ID"],
        client_secret=app.config["OIDC_CLIENT_SECRET"],
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
        },
    )
    app.extensions[_CLIENTS] = clients
    app.register_blueprint(blueprint)


@blueprint.get("")
@limit_openid
def start() -> ResponseReturnValue:
    """Go to the other service; somebody who is signed in already shows anew who they are."""
    again = {"prompt": "login", "max_age": "0"} if person_or_none() else {}
    try:
        return redirect(_client().authorize_redirect(_return_address(), **again).location)
    except _FAILURES as error:
        return _failed(error)


@blueprint.get("/callback")
@limit_openid
def callback() -> ResponseReturnValue:
    """Come back from there, signed in if the person has an account here."""
    try:
        claims = _claims()
    except _FAILURES as error:
        return _failed(error)
    known = person_or_none()
    try:
        with service().database.writing() as database:
            person = person_of_identity(
                database,
                current_app.config["OIDC_ISSUER"],
                str(claims.get("sub") or ""),
                str(claims.get("email") or ""),
                # Some providers write it as text.
                email_verified=claims.get("email_verified") in (True, "true"),
                now=service().now(),
            )
            if known is not None and known.id != person.id:
                raise SignInError(Message("That is somebody else’s identity."))
            there = current.sign_in_as(
                database, person, confirmed_at=_confirmed_at(claims.get("auth_time"))
            )
    except SignInError as error:
        flash(in_words(error), "error")
        return redirect(_way_back())
    return redirect(there)


def _claims() -> Mapping[str, Any]:
    """What the provider says of the person, once it is checked that it says so to us and now."""
    client = _client()
    config = current_app.config
    # The issuer that is configured, whatever the provider calls itself in its description; and
    # a token made out to us: one for another service of theirs would open this one too.
    checks = {
        "iss": {"essential": True, "values": [config["OIDC_ISSUER"]]},
        "aud": {"essential": True, "values": [config["OIDC_CLIENT_ID"]]},
    }
    token = client.authorize_access_token(claims_options=checks)
    claims: dict[str, Any] = dict(token.get("userinfo") or {})
    if not claims:
        raise ValueError("no identity")
    if "email" not in claims and client.server_metadata.get("userinfo_endpoint"):
        more = client.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise ValueError("somebody else's address")
        claims |= {key: more.get(key) for key in ("email", "email_verified")}
    return claims


def _client() -> Any:
    client = current_app.extensions[_CLIENTS].create_client(_CLIENT)
    described = client.load_server_metadata()
    offered = described.get("id_token_signing_alg_values_supported") or ["RS256"]
    described["id_token_signing_alg_values_supported"] = sorted(_ALGORITHMS & set(offered))
    return client


def _return_address() -> str:
    return service().base_url + url_for("openid.callback")


def _confirmed_at(auth_time: object) -> dt.datetime | None:
    """When the person last showed there who they are; it may have been long ago."""
    if not isinstance(auth_time, int | float):
        return None
    try:
        told = dt.datetime.fromtimestamp(auth_time, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(told, service().now())


def _failed(error: Exception) -> ResponseReturnValue:
    # The kind of error alone: its text may quote addresses.
    _log.warning("Signing in through OpenID Connect failed: %s", type(error).__name__)
    flash(
        gettext("Signing in there did not work. Try again, or ask for a link by e-mail."), "error"
    )
    return redirect(_way_back())


def _way_back() -> str:
    return url_for("account.confirm" if person_or_none() else "accounts.request_link")
