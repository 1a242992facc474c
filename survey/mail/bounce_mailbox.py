"""Reading bounces from a mailbox: over IMAP, or a Maildir on this machine."""

from __future__ import annotations

import datetime as dt
import imaplib
import logging
import mailbox
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from survey.mail.bounces import note_bounce, our_recipients
from survey.mail.delivery_report import LONGEST_READ
from survey.mail.pace import Pace
from survey.service import Service

_TIMEOUT_SECONDS = 30
# So many messages at a time; the rest have their turn next time.
_MOST_MESSAGES = 500
_TURN = "bounce-mailbox"

_log = logging.getLogger(__name__)


class BounceMailboxError(Exception):
    """The mailbox for bounces cannot be read; the text says why."""


class BounceMailbox:
    """The IMAP mailbox that BOUNCE_ADDRESS leads to.

    Every message to that address is read once and deleted, whatever it is: reports and absence
    notes about reminders would tell whoever opens the mailbox who had not answered. Messages to
    other addresses are left as they are.
    """

    def __init__(self, service: Service, pace: Pace, config: Mapping[str, Any]) -> None:
        self._service = service
        self._pace = pace
        self._access = _Access(config)
        self._every = dt.timedelta(minutes=config["BOUNCE_IMAP_MINUTES"])
        # Messages that are not for us: not looked at again by this process.
        self._foreign: set[bytes] = set()

    def read_if_due(self) -> None:
        """Read the mailbox when it is this worker's turn. Trouble is logged and tried again."""
        if not self._access.host:
            return
        database, now = self._service.database, self._service.now()
        with database.reading() as session:
            if self._pace.waits(session, _TURN, now):
                return
        with database.writing() as session:
            if not self._pace.take_turn(session, _TURN, now, self._every):
                return
        try:
            self.read()
        except BounceMailboxError as error:
            _log.error("Bounces are not read: %s", error)

    def read(self) -> int:
        """Read and delete what is there; tells how many invitations could not be delivered.

        Raises BounceMailboxError.
        """
        with self._access.open_folder() as connection:
            return self._read_all(connection)

    def _read_all(self, connection: imaplib.IMAP4) -> int:
        _, found = connection.uid("SEARCH", "UNDELETED")
        uids = [uid for uid in (found[0] or b"").split() if uid not in self._foreign]
        failed, read = 0, list[bytes]()
        for uid in uids[:_MOST_MESSAGES]:
            head = _fetch(connection, uid, "BODY.PEEK[HEADER]")
            if head is None:
                continue
            recipients = our_recipients(self._service.return_path, head)
            if not recipients:
                self._foreign.add(uid)
                continue
            content = _fetch(connection, uid, f"BODY.PEEK[]<0.{LONGEST_READ}>")
            if content is None:
                continue
            with self._service.database.writing() as session:
                failed += note_bounce(session, self._service.return_path, recipients, content)
            # Only now: a crash in between has it read once more, which changes nothing.
            connection.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Deleted)")
            read.append(uid)
        _expunge(connection, read)
        return failed


class _Access:
    """The way into the mailbox, as the configuration has it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.host: str = config["BOUNCE_IMAP_HOST"]
        self._port: int = config["BOUNCE_IMAP_PORT"]
        self._starttls: bool = config["BOUNCE_IMAP_STARTTLS"]
        self._username: str = config["BOUNCE_IMAP_USERNAME"]
        self._password: str = config["BOUNCE_IMAP_PASSWORD"]
        self._folder: str = config["BOUNCE_IMAP_FOLDER"]
        self._ca_file: Path | None = config["MAIL_CA_FILE"]

    @contextmanager
    def open_folder(self, *, only_look: bool = False) -> Iterator[imaplib.IMAP4]:
        """A connection that is signed in, with the folder selected. Raises BounceMailboxError."""
        try:
            with self._connect() as connection:
                status, _ = connection.select(f'"{self._folder}"', readonly=only_look)
                if status != "OK":
                    raise BounceMailboxError(
                        f"there is no folder {self._folder} (BOUNCE_IMAP_FOLDER)"
                    )
                yield connection
        except ssl.SSLCertVerificationError as error:
            raise BounceMailboxError(
                f"the certificate of {self.host} cannot be trusted ({error.verify_message}); "
                "BOUNCE_IMAP_HOST has to be the name in it, and MAIL_CA_FILE who signed it"
            ) from error
        except (imaplib.IMAP4.error, OSError) as error:
            # What a server says may quote a message; its own kind of error does.
            reason = error.strerror if isinstance(error, OSError) else type(error).__name__
            raise BounceMailboxError(f"the mailbox at {self.host}: {reason or error}") from error

    def _connect(self) -> imaplib.IMAP4:
        trust = ssl.create_default_context(cafile=self._ca_file)
        if not self._starttls:
            connection: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                self.host, self._port, ssl_context=trust, timeout=_TIMEOUT_SECONDS
            )
        else:
            connection = imaplib.IMAP4(self.host, self._port, timeout=_TIMEOUT_SECONDS)
            connection.starttls(trust)
        try:
            connection.login(self._username, self._password)
        except imaplib.IMAP4.error:
            connection.shutdown()
            raise BounceMailboxError(
                f"{self.host} does not accept BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD"
            ) from None
        return connection


def check_mailbox(config: Mapping[str, Any]) -> None:
    """See whether the folder can be opened, and change nothing. Raises BounceMailboxError."""
    with _Access(config).open_folder(only_look=True):
        pass


def read_maildir(service: Service, folder: Path) -> int:
    """Read and delete what lies in a Maildir for bounces; tells how many invitations failed.

    Raises BounceMailboxError.
    """
    if not (folder / "new").is_dir():
        raise BounceMailboxError(f"{folder} is not a Maildir: it has no folder named new")
    box = mailbox.Maildir(folder, create=False)
    failed = 0
    for key in box.keys():  # noqa: SIM118 - iterating over a mailbox gives its messages
        with box.get_file(key) as file:
            content = file.read(LONGEST_READ)
        recipients = our_recipients(service.return_path, content)
        if not recipients:
            continue
        with service.database.writing() as session:
            failed += note_bounce(session, service.return_path, recipients, content)
        box.discard(key)
    return failed


def _fetch(connection: imaplib.IMAP4, uid: bytes, what: str) -> bytes | None:
    """A part of a message; None where the server does not give it, so that it is asked again."""
    status, answer = connection.uid("FETCH", uid.decode(), f"({what})")
    for part in answer if status == "OK" else ():
        if isinstance(part, tuple):
            return bytes(part[1])
    return None


def _expunge(connection: imaplib.IMAP4, read: list[bytes]) -> None:
    """Remove what was read, and where the server can tell them apart (RFC 4315), nothing else."""
    if not read:
        return
    # What a server can do is said anew after signing in.
    _, able = connection.capability()
    if b"UIDPLUS" in b" ".join(part for part in able if part).upper().split():
        connection.uid("EXPUNGE", b",".join(read).decode())
    else:
        connection.expunge()
