"""The connection to the mail server: encrypted, verified, and used for many letters."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_mail import Connection, Mail

from survey.mail.envelope import Envelope
from survey.mail.errors import (
    MailServerError,
    PermanentDeliveryError,
    TemporaryDeliveryError,
)
from survey.mail.message import build_message

# A connection that was not used for so long is closed; servers would close it themselves.
_IDLE_SECONDS = 30.0
# After this long without a letter we ask whether the server is still there.
_CHECK_SECONDS = 1.0
# The server wants us to sign in, or does not accept how we did: nothing to do with the letter.
_SIGN_IN_CODES = {530, 534, 535, 538}
_OK = 250
_TOO_LARGE = 552
_SERVER_CLOSES = 421
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class SmtpTransport:
    """Sends through the configured server, over one connection as long as that is sensible."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._mail = Mail(app)
        self._letters_per_connection: int = app.config["MAIL_LETTERS_PER_CONNECTION"]
        self._connection: _VerifiedConnection | None = None
        self._letters = 0
        self._used = 0.0

    def connect(self) -> None:
        """Make sure that there is a connection. Raises MailServerError."""
        if self._connection is not None:
            idle = time.monotonic() - self._used
            worn_out = self._letters >= self._letters_per_connection or idle > _IDLE_SECONDS
            if worn_out or (idle > _CHECK_SECONDS and not self._connection.answers()):
                self.close()
        if self._connection is None:
            connection = _VerifiedConnection(self._mail, self._app.config)
            connection.open()
            self._connection = connection
            self._letters = 0
        self._used = time.monotonic()

    def send(self, envelope: Envelope) -> None:
        """Send one letter; what goes wrong is sorted by whose trouble it is.

        Raises TemporaryDeliveryError, PermanentDeliveryError or MailServerError.
        """
        self.connect()
        if self._connection is None:
            raise TypeError("connect() opens a connection")
        self._letters += 1
        try:
            with self._app.app_context():
                message = build_message(envelope)
                self._connection.send(message, envelope_from=envelope.return_path)
        except smtplib.SMTPRecipientsRefused as error:
            raise self._sorted(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == _TOO_LARGE:
                raise self._sorted(error.smtp_code, error.smtp_error) from error
            # It is us that the server does not take letters from: others would fare no better.
            self.close()
            answer = _without_addresses(_answer(error.smtp_code, error.smtp_error))
            raise MailServerError(f"it does not take our sender address: {answer}") from error
        except smtplib.SMTPResponseException as error:
            raise self._sorted(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise PermanentDeliveryError(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise TemporaryDeliveryError(f"connection lost: {error}") from error
        except (UnicodeError, ValueError) as error:
            raise PermanentDeliveryError(f"the address cannot be used: {error}") from error
        finally:
            self._used = time.monotonic()

    def rest(self) -> None:
        """Nothing is to be sent at the moment: a connection that idles for long is closed."""
        if self._connection is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.quit()

    def _sorted(self, code: int, answer: bytes | str) -> Exception:
        text = _answer(code, answer)
        if code in _SIGN_IN_CODES or code == _SERVER_CLOSES:
            self.close()
            return MailServerError(_without_addresses(text))
        if code >= 500:
            return PermanentDeliveryError(text)
        return TemporaryDeliveryError(text, by_domain=True)


class _VerifiedConnection(Connection):
    """Flask-Mail's connection, with a time limit and a server that has to show who it is."""

    def __init__(self, mail: Mail, config: Mapping[str, Any]) -> None:
        super().__init__(mail)
        self._timeout: int = config["MAIL_TIMEOUT_SECONDS"]
        self._ca_file: Path | None = config["MAIL_CA_FILE"]

    def open(self) -> None:
        """Connect, encrypt and sign in, as configured. Raises MailServerError."""
        try:
            self.host = self.configure_host()
        except ssl.SSLCertVerificationError as error:
            raise MailServerError(
                f"its certificate cannot be trusted ({error.verify_message}). MAIL_SERVER has to "
                "be the name in the certificate, and MAIL_CA_FILE the authority that signed it, "
                "unless the system knows it"
            ) from error
        except smtplib.SMTPAuthenticationError as error:
            answer = _without_addresses(_answer(error.smtp_code, error.smtp_error))
            raise MailServerError(
                f"it does not accept MAIL_USERNAME and MAIL_PASSWORD: {answer}"
            ) from error
        except smtplib.SMTPResponseException as error:
            answer = _without_addresses(_answer(error.smtp_code, error.smtp_error))
            raise MailServerError(f"it refuses the connection: {answer}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailServerError(f"{error} See MAIL_USE_TLS and MAIL_USERNAME") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerError(f"cannot reach the mail server: {error}") from error

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """A connection that is ready for letters."""
        server, port = self.mail.server, self.mail.port
        trust = ssl.create_default_context(cafile=self._ca_file)
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if self.mail.use_ssl:
            host = smtplib.SMTP_SSL(server, port, timeout=self._timeout, context=trust)
        else:
            host = smtplib.SMTP(server, port, timeout=self._timeout)
        try:
            if self.mail.use_tls:
                host.starttls(context=trust)
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def answers(self) -> bool:
        """Whether the server is still there."""
        if self.host is None:
            return False
        try:
            return bool(self.host.noop()[0] == _OK)
        except (smtplib.SMTPException, OSError):
            return False

    def quit(self) -> None:
        """Say good-bye; a server that does not answer is left without."""
        host, self.host = self.host, None
        if host is None:
            return
        try:
            host.quit()
        except (smtplib.SMTPException, OSError):
            host.close()


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(f"{code} {text}".split())[:300]


def _without_addresses(text: str) -> str:
    """What goes to the log names nobody."""
    return _ADDRESS.sub("[address]", text)
