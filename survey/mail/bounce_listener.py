"""Taking bounces from a mail server that hands them over by LMTP or SMTP."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from survey.mail.bounces import note_bounce
from survey.service import Service

# Larger ones are refused at once, before they fill the memory.
_LARGEST_MESSAGE = 5 * 1024 * 1024

_log = logging.getLogger(__name__)


class BounceHandler:
    """Notes undeliverable invitations; accepts everything else to our address, and forgets it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,  # noqa: ARG002 - the library's arguments
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        """Take what is for us, one recipient at a time: LMTP would want an answer for each."""
        if not self._service.return_path.leads_here(address):
            return "550 5.1.1 This address takes bounces only"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self,
        server: SMTP,  # noqa: ARG002 - the library's arguments
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """Note what it says; a message is accepted only once that is done."""
        content = envelope.content
        if not isinstance(content, bytes):
            return "554 5.6.0 Not understood"
        try:
            await asyncio.to_thread(self._note, envelope.rcpt_tos, content)
        except SQLAlchemyError as error:
            _log.error("A bounce waits, the database: %s", type(error).__name__)
            return "451 4.3.0 Try again later"
        return "250 2.0.0 OK"

    def _note(self, recipients: list[str], content: bytes) -> None:
        with self._service.database.writing() as session:
            note_bounce(session, self._service.return_path, recipients, content)


async def listen(
    service: Service, host: str, port: int, *, smtp: bool, ready: Callable[[], None]
) -> None:
    """Take bounces until the process is told to stop. Raises OSError when the port is taken."""
    # Its messages name senders and recipients.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    handler = BounceHandler(service)
    protocol = SMTP if smtp else LMTP
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: protocol(handler, data_size_limit=_LARGEST_MESSAGE, timeout=60, loop=loop),
        host,
        port,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server:
        ready()
        await stop.wait()
