"""Flask's signed session cookie."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class SessionCookie(SecureCookieSessionInterface):
    """As Flask keeps it, with a signer that is made once and not twice for each request."""

    def __init__(self, app: Flask) -> None:
        """For an application with its SECRET_KEY."""
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002
        """What signs and reads the cookie."""
        return self._signer
