"""Keeping the challenge for a passkey between the two requests of one browser.

It travels in the browser's signed cookie, so that nobody else's answer fits, and is good once:
the server knows which ones are still open.
"""

from __future__ import annotations

from flask import session

_CHALLENGE = "challenge"


def remember_challenge(challenge: bytes) -> None:
    """Keep the challenge that this browser is about to answer."""
    from webauthn.helpers import bytes_to_base64url

    session[_CHALLENGE] = bytes_to_base64url(challenge)


def take_challenge() -> bytes:
    """The challenge that this browser was given last; nothing if there was none."""
    from webauthn.helpers import base64url_to_bytes

    return base64url_to_bytes(session.pop(_CHALLENGE, ""))
