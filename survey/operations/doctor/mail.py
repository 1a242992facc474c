"""Whether the mail server takes us: connects, encrypts, lets us sign in. Nothing is sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from survey.operations.doctor.finding import Finding, fine, problem, warning


def check_mail(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Go as far as the worker does before its first letter, and hang up."""
    host, port = config["MAIL_SERVER"], config["MAIL_PORT"]
    if not host:
        yield warning(
            "No mail server is set: letters lie in the local mailbox, where everybody who reaches "
            "the service reads every link.",
            "Set MAIL_SERVER before anybody else uses the service.",
        )
        return
    try:
        trust = ssl.create_default_context(cafile=config["MAIL_CA_FILE"])
        with _connect(config, trust) as connection:
            connection.ehlo()
            if config["MAIL_USE_TLS"]:
                connection.starttls(context=trust)
            elif not config["MAIL_USE_SSL"] and not _is_this_machine(host):
                offered = connection.has_extn("starttls")
                yield warning(
                    f"Letters go to {host} unencrypted, with their links.",
                    "Set MAIL_USE_TLS=yes." if offered else "Set MAIL_USE_SSL, or ask its owner.",
                )
            if config["MAIL_USERNAME"]:
                connection.login(config["MAIL_USERNAME"], config["MAIL_PASSWORD"] or "")
            connection.noop()
    except ssl.SSLCertVerificationError as error:
        yield problem(
            f"The mail server's certificate cannot be trusted: {error.verify_message}.",
            "MAIL_SERVER has to be the name in the certificate, and MAIL_CA_FILE the authority "
            "that signed it, unless the system knows it.",
        )
    except smtplib.SMTPAuthenticationError as error:
        yield problem(
            f"The mail server does not let us sign in ({error.smtp_code}).",
            "Look at MAIL_USERNAME and MAIL_PASSWORD.",
        )
    except smtplib.SMTPNotSupportedError:
        yield problem(
            "The mail server does not offer what the settings ask for: STARTTLS, or signing in.",
            "Look at MAIL_PORT (587 or 465), MAIL_USE_TLS, MAIL_USE_SSL and MAIL_USERNAME.",
        )
    except (smtplib.SMTPException, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        yield problem(
            f"The mail server {host}, port {port}, cannot be used: {reason}.",
            "Look at MAIL_SERVER, MAIL_PORT, MAIL_USE_SSL and the firewall; letters wait.",
        )
    else:
        yield fine(f"The mail server {host} takes letters from us.")


def _connect(config: Mapping[str, Any], trust: ssl.SSLContext) -> smtplib.SMTP:
    host, port, seconds = (
        config["MAIL_SERVER"],
        config["MAIL_PORT"],
        config["MAIL_TIMEOUT_SECONDS"],
    )
    if config["MAIL_USE_SSL"]:
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=trust)
    return smtplib.SMTP(host, port, timeout=seconds)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
