"""How often somebody may try to sign in, ask about data, or have letters sent and files made.

What is counted is a keyed digest of a client's address, of the e-mail address typed, or of who is
signed in: none of them lies in the store of the counters, nor in a log. Whether an address is known
plays no part. Raters' pages are not counted: when a form was sent is nobody's business.

When the store of the counters is away each process counts in its own memory, and looks for the
store again after a while: nobody is kept from signing in, and nobody may try without end.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Flask, current_app, g, request
from flask_limiter import Limiter, RateLimitExceeded

from survey.anonymity.addresses import normalise_address
from survey.operations.counters import counters

WAIT_MINUTES = 15
# An office or a school may share one address.
PER_CLIENT = f"120 per {WAIT_MINUTES} minutes"
PER_ADDRESS = f"10 per {WAIT_MINUTES} minutes"
# Nobody writes to raters or the mentee so often, or reads so many files.
LETTERS_PER_PERSON = f"60 per {WAIT_MINUTES} minutes"
FILES_PER_PERSON = f"60 per {WAIT_MINUTES} minutes"
# Messages to webhooks that somebody has sent by hand: each may keep the worker for seconds.
WEBHOOKS_PER_PERSON = f"20 per {WAIT_MINUTES} minutes"
# All that programs with somebody's tokens ask for.
PROGRAMS_PER_PERSON = f"600 per {WAIT_MINUTES} minutes"


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


def person() -> str:
    """Who is signed in; the client where nobody is, who is sent away anyhow."""
    signed_in = g.get("person")
    return client() if signed_in is None else _digest("person", str(signed_in.id))


def _counted_page() -> str:
    """The page that is asked for, for the counters; none where nobody is counted."""
    return "" if request.blueprint == "rater" else request.endpoint or ""


class _Limiter(Limiter):
    def init_app(self, app: Flask) -> None:
        """Prepare the counters of an application. Raises ConfigError."""
        counters(app.config)
        super().init_app(app)

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        """Count once more in memory where another thread was first to note that the store is away.

        Flask-Limiter itself does so for that thread alone, and fails for those that waited with it.
        """
        was_away = self._storage_dead
        try:
            super()._check_request_limit(callable_name, in_middleware)
        except RateLimitExceeded:
            raise
        except Exception:
            if was_away or not self._storage_dead:
                raise
            super()._check_request_limit(callable_name, in_middleware)


limiter = _Limiter(
    client,
    key_prefix="survey",
    retry_after="delta-seconds",
    # Without a name the limiter looks no further, which under load is a twentieth of all work.
    request_identifier=_counted_page,
    in_memory_fallback_enabled=True,
)
# One count for all ways to sign in.
limit_per_client = limiter.shared_limit(PER_CLIENT, scope="sign-in", methods=["POST"])
limit_per_address = limiter.limit(PER_ADDRESS, key_func=typed_address, methods=["POST"])
# Links that are no sign-in, and sign-in elsewhere: opening them is what costs something.
limit_links = limiter.shared_limit(PER_CLIENT, scope="links")
limit_openid = limiter.shared_limit(PER_CLIENT, scope="sign-in")
# A mentor whose session was taken over must not fill other people's mailboxes.
limit_letters = limiter.shared_limit(
    LETTERS_PER_PERSON, scope="letters", key_func=person, methods=["POST"]
)
limit_files = limiter.shared_limit(FILES_PER_PERSON, scope="files", key_func=person)
limit_webhooks = limiter.shared_limit(
    WEBHOOKS_PER_PERSON, scope="webhooks", key_func=person, methods=["POST"]
)
limit_programs = limiter.shared_limit(PROGRAMS_PER_PERSON, scope="programs", key_func=person)
# Tokens that open nothing; only these are counted.
limit_refused_programs = limiter.shared_limit(PER_CLIENT, scope="refused programs")
