"""A real SMTP server on loopback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


class MailServer:
    """Accepts mail and keeps it. `refuse` and `postpone` make it answer 550 and 451."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuse: Callable[[str], bool] = lambda _address: False
        self.postpone: Callable[[str], bool] = lambda _address: False
        self.port = free_port()
        self._controller = Controller(_Keeper(self), hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        """Listen on a free port."""
        self._controller.start()

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

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if self._server.refuse(address):
            return "550 5.1.1 No such mailbox here"
        if self._server.postpone(address):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        message["X-Recipient"] = envelope.rcpt_tos[0]
        self._server.messages.append(message)
        return "250 OK"
