"""The two ways a letter leaves: an SMTP server, or the local mailbox."""

from __future__ import annotations

import mailbox
from pathlib import Path
from typing import Protocol

from flask import Flask
from flask_mail import Mail

from survey.mail.envelope import Envelope
from survey.mail.message import build_message
from survey.mail.smtp import SmtpTransport


class Transport(Protocol):
    """Sends envelopes, over a connection that it keeps."""

    def connect(self) -> None:
        """Make sure that there is a connection. Raises MailServerError."""
        ...

    def send(self, envelope: Envelope) -> None:
        """Send one letter.

        Raises TemporaryDeliveryError, PermanentDeliveryError or MailServerError.
        """
        ...

    def rest(self) -> None:
        """Nothing is to be sent at the moment."""
        ...

    def close(self) -> None:
        """Close the connection, if there is one."""
        ...


class MailboxTransport:
    """Puts letters into a Maildir on this machine, for trying the service without a server."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app = app
        self._folder = folder
        # Flask-Mail's messages take their sender from it.
        Mail(app)

    def connect(self) -> None:
        """Create the mailbox where it is missing."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self._folder, create=True)

    def send(self, envelope: Envelope) -> None:
        """Add the letter to the mailbox."""
        with self._app.app_context():
            mailbox.Maildir(self._folder).add(build_message(envelope).as_bytes())

    def rest(self) -> None:
        """There is nothing to close."""

    def close(self) -> None:
        """There is nothing to close."""


def choose_transport(app: Flask) -> Transport:
    """SMTP when a server is configured, the local mailbox otherwise."""
    folder = app.config["MAILBOX_FOLDER"]
    return SmtpTransport(app) if folder is None else MailboxTransport(app, folder)
