"""The local mailbox, shown while no mail server is configured.

It shows every letter with its link, to anybody who can reach the service. So it exists only for
trying the service out on one's own machine, and disappears with MAIL_SERVER.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import mailbox
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")


@dataclass(frozen=True)
class StoredLetter:
    """One letter in the local mailbox."""

    key: str
    sent: str
    recipient: str
    subject: str
    text: str


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """All letters, the newest first."""
    letters = [_read(key, message) for key, message in _newest_first()]
    return render_template("mailbox/index.html", letters=letters)


@blueprint.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """One letter as text, with its links to click."""
    return render_template("mailbox/show.html", letter=_read(key, _message(key)))


@blueprint.get("/<key>/html")
def show_html(key: str) -> ResponseReturnValue:
    """The letter's HTML part as a page of its own, without scripts and without our style."""
    body = _message(key).get_body(("html",))
    if body is None:
        abort(404)
    response = Response(body.get_content(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups"
        " allow-top-navigation-by-user-activation"
    )
    return response


def _box() -> mailbox.Maildir:
    return mailbox.Maildir(Path(current_app.config["MAILBOX_FOLDER"]), create=True)


def _newest_first() -> list[tuple[str, email.message.EmailMessage]]:
    # Maildir keys start with the time of delivery, so their order is that of arrival.
    box = _box()
    newest = sorted(box.iterkeys(), key=_arrival, reverse=True)
    return [(key, _message(key)) for key in newest]


def _arrival(key: str) -> tuple[int, ...]:
    """Seconds, then the count within the process, from a key such as 1764021234.M51P7Q3.host."""
    seconds, _, rest = key.partition(".")
    numbers = re.findall(r"[0-9]+", rest.partition(".")[0])
    return (int(seconds), *map(int, numbers))


def _message(key: str) -> email.message.EmailMessage:
    try:
        content = _box().get_bytes(key)
    except KeyError:
        abort(404)
    return email.message_from_bytes(content, policy=email.policy.default)


def _read(key: str, message: email.message.EmailMessage) -> StoredLetter:
    body = message.get_body(("plain",))
    return StoredLetter(
        key=key,
        sent=f"{parsedate_to_datetime(str(message['Date'])):%d %B %Y, %H:%M} UTC",
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=body.get_content() if body else "",
    )
