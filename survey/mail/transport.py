"""The two ways a letter leaves: an SMTP server through Flask-Mail, or the local mailbox."""

from __future__ import annotations

import mailbox
import smtplib
import socket
from contextlib import AbstractContextManager, nullcontext
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from pathlib import Path
from typing import Protocol

from flask import Flask
from flask_mail import Connection, Mail, Message

from survey.mail.envelope import Envelope

# A server that hangs must not hold a worker for ever.
SMTP_TIMEOUT_SECONDS = 30


class TemporaryDeliveryError(Exception):
    """The letter was not accepted now, but may be later."""


class PermanentDeliveryError(Exception):
    """The mail server refuses this letter for good; the text is its answer."""


class Transport(Protocol):
    """Sends envelopes. `open` gives one connection for a batch."""

    def open(self) -> AbstractContextManager[object]:
        """Connect; raises TemporaryDeliveryError when the server cannot be reached."""
        ...

    def send(self, connection: object, envelope: Envelope) -> None:
        """Send one letter. Raises TemporaryDeliveryError or PermanentDeliveryError."""
        ...


class WellFormedMessage(Message):
    """Flask-Mail's message, written by the standard library's modern e-mail package.

    Flask-Mail encodes names and subjects itself and lets them be decoded and folded once more:
    that breaks long names and lets an encoded name forge headers.
    """

    def _message(self) -> EmailMessage:  # type: ignore[override]
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = _unencoded(self.subject)
        message["From"] = _address(self.sender or "")
        message["To"] = [_address(recipient) for recipient in self.recipients]
        if self.reply_to:
            message["Reply-To"] = _address(self.reply_to)
        message["Date"] = formatdate(localtime=False, usegmt=True)
        message["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            message[name] = value
        message.set_content(self.body or "", cte="quoted-printable")
        if self.html:
            message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        for attachment in self.attachments:
            maintype, _, subtype = (attachment.content_type or "").partition("/")
            message.add_attachment(
                attachment.data,
                maintype=maintype,
                subtype=subtype,
                filename=attachment.filename,
                params={"charset": "utf-8"},
            )
        return message


# Header lines up to the limit of RFC 5322 stay in one piece: a folded link is a broken link.
_POLICY = policy.SMTP.clone(max_line_length=998)


def _address(value: str | tuple[str, str]) -> Address:
    name, address = parseaddr(value) if isinstance(value, str) else value
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise UnicodeError("letters outside ASCII before the @ are not supported")
    return Address(_unencoded(name), local, domain.encode("idna").decode())


def _unencoded(text: str) -> str:
    """Text without encoded words: "=?utf-8?q?…?=" would be decoded, line ends and all."""
    return text.replace("=?", "= ?")


def build_message(envelope: Envelope) -> Message:
    """The e-mail for an envelope, with the headers that automatic letters should carry."""
    headers = {"Auto-Submitted": "auto-generated"}
    if envelope.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
    message = WellFormedMessage(
        subject=envelope.subject,
        recipients=[(envelope.recipient_name, envelope.recipient)]
        if envelope.recipient_name
        else [envelope.recipient],
        body=envelope.text,
        html=envelope.html,
        reply_to=envelope.reply_to,
        extra_headers=headers,
    )
    for enclosure in envelope.enclosures:
        message.attach(enclosure.filename, enclosure.content_type, enclosure.content)
    message.msgId = envelope.message_id
    return message


class SmtpTransport:
    """Flask-Mail's connection to the configured server."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._mail = Mail(app)

    def open(self) -> AbstractContextManager[object]:
        """Connect and, where configured, encrypt and sign in."""
        # Flask-Mail hands no timeout on; smtplib takes the default of new sockets.
        socket.setdefaulttimeout(SMTP_TIMEOUT_SECONDS)
        return _SmtpSession(self._app, self._mail)

    def send(self, connection: object, envelope: Envelope) -> None:
        """Send through the open connection and sort its errors."""
        if not isinstance(connection, Connection):
            raise TypeError("connection comes from open()")
        try:
            with self._app.app_context():
                connection.send(build_message(envelope))
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            raise _sorted_error(code, answer) from error
        except smtplib.SMTPResponseException as error:
            raise _sorted_error(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise PermanentDeliveryError(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryDeliveryError(f"connection lost: {error}") from error
        except (UnicodeError, ValueError) as error:
            raise PermanentDeliveryError(f"the address cannot be used: {error}") from error


class _SmtpSession:
    """Flask-Mail's connection as a context that never hides a delivery behind a failed QUIT."""

    def __init__(self, app: Flask, mail: Mail) -> None:
        self._app = app
        self._mail = mail

    def __enter__(self) -> Connection:
        try:
            with self._app.app_context():
                self._connection = self._mail.connect()
                return self._connection.__enter__()
        except (smtplib.SMTPException, OSError) as error:
            raise TemporaryDeliveryError(f"cannot reach the mail server: {error}") from error

    def __exit__(self, *details: object) -> None:
        host = self._connection.host
        if host is not None:
            try:
                host.quit()
            except (smtplib.SMTPException, OSError):
                host.close()


class MailboxTransport:
    """Puts letters into a Maildir on this machine, for trying the service without a server."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self._app = app
        self._folder = folder
        # Flask-Mail's messages take their sender from it.
        Mail(app)

    def open(self) -> AbstractContextManager[object]:
        """Open or create the mailbox."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        return nullcontext(mailbox.Maildir(self._folder, create=True))

    def send(self, connection: object, envelope: Envelope) -> None:
        """Add the letter to the mailbox."""
        if not isinstance(connection, mailbox.Maildir):
            raise TypeError("connection comes from open()")
        with self._app.app_context():
            connection.add(build_message(envelope).as_bytes())


def choose_transport(app: Flask) -> Transport:
    """SMTP when a server is configured, the local mailbox otherwise."""
    folder = app.config["MAILBOX_FOLDER"]
    return SmtpTransport(app) if folder is None else MailboxTransport(app, folder)


def _sorted_error(code: int, answer: bytes | str) -> Exception:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    text = " ".join(f"{code} {text}".split())[:300]
    return PermanentDeliveryError(text) if code >= 500 else TemporaryDeliveryError(text)
