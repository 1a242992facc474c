"""How often somebody may try to sign in.

What is counted is a keyed digest of a client's address, or of the e-mail address typed: neither
lies in the store of the counters, nor in a log. Whether an address is known plays no part.
Raters' pages are not counted: when a form was sent is nobody's business.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app, request
from flask_limiter import Limiter

from survey.anonymity.addresses import normalise_address

WAIT_MINUTES = 15
# An office or a school may share one address.
PER_CLIENT = f"120 per {WAIT_MINUTES} minutes"
PER_ADDRESS = f"10 per {WAIT_MINUTES} minutes"


def _digest(kind: str, text: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()[:32]


def client() -> str:
    """Who asks, as far as a network address tells."""
    return _digest("client", request.remote_addr or "")


def typed_address() -> str:
    """The address typed into the form; one address in all its spellings counts as one."""
    typed = request.form.get("email", "")[:320]
    try:
        typed = normalise_address(typed)
    except ValueError:
        typed = typed.strip().lower()
    return _digest("address", typed)


limiter = Limiter(client, key_prefix="survey", retry_after="delta-seconds")
# One count for all ways to sign in.
limit_per_client = limiter.shared_limit(PER_CLIENT, scope="sign-in", methods=["POST"])
limit_per_address = limiter.limit(PER_ADDRESS, key_func=typed_address, methods=["POST"])
