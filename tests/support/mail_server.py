"""A real SMTP server on loopback."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


class MailServer:
    """Accepts mail and keeps it. `refuse` and `postpone` make it answer 550 and 451.

    `options` are aiosmtpd's: TLS, signing in, how long it waits. `answers` are for whole commands:
    the text that each is answered with instead, such as `{"MAIL": "530 Sign in first"}`.
    """

    def __init__(self, hostname: str = "127.0.0.1", **options: Any) -> None:
        self.messages: list[EmailMessage] = []
        # The envelope sender of each message.
        self.senders: list[str | None] = []
        # When each message was accepted, by the monotonic clock.
        self.times: list[float] = []
        # How many clients have connected.
        self.connections = 0
        self.refuse: Callable[[str], bool] = lambda _address: False
        self.postpone: Callable[[str], bool] = lambda _address: False
        self.answers: dict[str, str] = {}
        # It hangs up when it has got so many messages, in the midst of the next one.
        self.dies_after: int | None = None
        self.seconds_for_data = 0.0
        self.port = free_port()
        self._hostname = hostname
        self._options = options
        self._controller = self._new_controller()

    def start(self) -> None:
        """Listen on the port."""
        self._controller = self._new_controller()
        self._controller.start()

    def _new_controller(self) -> Controller:
        return Controller(_Keeper(self), hostname=self._hostname, port=self.port, **self._options)

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def to(self, address: str, containing: str = "") -> list[EmailMessage]:
        """The messages to this address whose text contains something, in order of arrival."""
        return [
            message
            for message in list(self.messages)
            if message["X-Recipient"] == address and containing in text_of(message)
        ]

    def wait_for(
        self, address: str, containing: str = "", count: int = 1, seconds: float = 30
    ) -> EmailMessage:
        """The newest of at least `count` such messages."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.to(address, containing)
            if len(found) >= count:
                return found[-1]
            time.sleep(0.05)
        subjects = [(m["X-Recipient"], str(m["Subject"])) for m in self.messages]
        raise AssertionError(f"no mail to {address} with {containing!r}; there are {subjects}")


def text_of(message: EmailMessage) -> str:
    """The plain text part."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(message: EmailMessage) -> str:
    """The HTML part."""
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def link_in(message: EmailMessage, path: str = "/") -> str:
    """The first link in the text whose address contains `path`."""
    for link in re.findall(r"https?://\S+", text_of(message)):
        if path in link:
            return str(link)
    raise AssertionError(f"no link with {path} in {text_of(message)}")


class _Keeper:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        # After STARTTLS the client greets once more.
        if session.ssl is None:
            self._server.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        if "MAIL" in self._server.answers:
            return self._server.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if "RCPT" in self._server.answers:
            return self._server.answers["RCPT"]
        if self._server.refuse(address):
            return "550 5.1.1 No such mailbox here"
        if self._server.postpone(address):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        dies_after = self._server.dies_after
        if dies_after is not None and len(self._server.messages) >= dies_after:
            self._server.dies_after = None
            assert server.transport is not None
            server.transport.abort()
            return "421 never heard"
        if "DATA" in self._server.answers:
            return self._server.answers["DATA"]
        await asyncio.sleep(self._server.seconds_for_data)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        message["X-Recipient"] = envelope.rcpt_tos[0]
        self._server.senders.append(envelope.mail_from)
        self._server.times.append(time.monotonic())
        self._server.messages.append(message)
        return "250 OK"
