"""The names that the service may be asked under."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, current_app, request

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "[::1]"})


def refuse_foreign_host() -> None:
    """Turn away whoever asks under a name that is not ours.

    Links are made from BASE_URL whatever the request says. But a browser that was led here under
    a name of the attacker's ("DNS rebinding") takes our pages for the attacker's.
    """
    if request.blueprint == "health":
        return  # asked by balancers, by whatever address a machine has; it tells nothing of anybody
    if _without_port(request.host) not in _own_names():
        abort(400, "This service does not go by that name. Whoever runs it can add ALLOWED_HOSTS.")


def _own_names() -> frozenset[str]:
    further: frozenset[str] = current_app.config["ALLOWED_HOSTS"]
    own = urlsplit(current_app.config["BASE_URL"]).netloc.rpartition("@")[2]
    return _THIS_MACHINE | further | {_without_port(own)}


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower().removesuffix(".")
