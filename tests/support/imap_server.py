"""A real IMAP server (pymap) as a process of its own, encrypted by STARTTLS or from the start."""

from __future__ import annotations

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import trustme

from tests.support.ports import free_port
from tests.support.tls_front import TlsFront

USER, PASSWORD = "bounces", "a password"


class ImapServer:
    """One user's mailbox, with a certificate for `name`.

    `implicit` is TLS from the first byte, which another port than the server's own offers then.
    """

    def __init__(
        self,
        folder: Path,
        authority: trustme.CA,
        name: str = "localhost",
        *,
        implicit: bool = False,
    ) -> None:
        self._own_port = self.port = free_port()
        self._implicit = implicit
        self._front: TlsFront | None = None
        self.ca_file = folder / "ca.pem"
        self._folder = folder
        folder.mkdir()
        certificate = authority.issue_cert(name)
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        certificate, key = self._folder / "cert.pem", self._folder / "key.pem"
        if self._implicit:
            self._front = TlsFront(self._own_port, certificate, key)
            self._front.start()
            self.port = self._front.port
        command = [
            sys.executable, "-c", "from pymap.main import main; main()",
            "--no-service", "admin", "--no-service", "managesieve",
            "--host", "127.0.0.1", "--port", str(self._own_port),
            *(["--no-tls"] if self._implicit else ["--cert", str(certificate), "--key", str(key)]),
            "dict", "--demo-user", USER, "--demo-password", PASSWORD,
        ]  # fmt: skip
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self._own_port), timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self._folder / "log").read_text())

    def stop(self) -> None:
        """Stop and wait for the end."""
        if self._front is not None:
            self._front.stop()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def put(self, *messages: bytes) -> None:
        """Lay messages into the mailbox."""
        with self._signed_in() as connection:
            for message in messages:
                assert connection.append("INBOX", "", "", message)[0] == "OK"

    def messages(self) -> list[bytes]:
        """What lies in the mailbox."""
        with self._signed_in() as connection:
            connection.select("INBOX")
            _, found = connection.search(None, "ALL")
            return [
                connection.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1]  # type: ignore[index,misc]
                for number in found[0].split()
            ]

    def _signed_in(self) -> imaplib.IMAP4:
        connection = imaplib.IMAP4("localhost", self._own_port, timeout=60)
        if not self._implicit:
            trust = ssl.create_default_context(cafile=self.ca_file)
            trust.check_hostname = False
            connection.starttls(trust)
        connection.login(USER, PASSWORD)
        return connection
