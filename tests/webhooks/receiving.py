"""A real HTTP server on loopback that keeps what it is sent, and answers as a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiving:
    """The server at work. `status` is what it answers next; a redirect leads to `leads_to`."""

    port: int = 0
    status: int = 204
    leads_to: str = ""
    got: list[Received] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it listens, with a path that is a secret in itself."""
        return f"http://127.0.0.1:{self.port}/hook?key=in-the-path"


@contextmanager
def receiving() -> Iterator[Receiving]:
    """Serve until the block ends."""
    made = Receiving()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.append(Received(self.path, headers, body))
            self.send_response(made.status)
            if made.leads_to:
                self.send_header("Location", made.leads_to)
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(answer: Answer) -> Iterator[int]:
    """A port on which every connection is handled by this function; yields its number."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
