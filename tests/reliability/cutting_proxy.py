"""A network between service and PostgreSQL that can be cut at a chosen point of the talk."""

from __future__ import annotations

import contextlib
import socket
import threading


class CuttingProxy:
    """Passes bytes on; cuts a connection once, where it was told to."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._word = b""
        self._passes_word_on = False
        self.cuts = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_before(self, word: bytes) -> None:
        """Cut the next connection on which the service says this; the server never hears it."""
        self._word, self._passes_word_on = word, False

    def cut_after(self, word: bytes) -> None:
        """The server hears it and does it; the service never hears the answer."""
        self._word, self._passes_word_on = word, True

    def cut_all(self) -> None:
        """Cut every connection that is open now."""
        while self._open:
            _close(self._open.pop())

    def close(self) -> None:
        """End all."""
        _close(self._listener)
        self.cut_all()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                service, _address = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target_port))
                self._open += [service, server]
                for pump in (self._to_server, self._to_service):
                    threading.Thread(target=pump, args=(service, server), daemon=True).start()

    def _to_server(self, service: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := service.recv(65536):
                if self._word and self._word in data:
                    self._word = b""
                    self.cuts += 1
                    if self._passes_word_on:
                        # First the way back, so that no answer gets through.
                        _close(service)
                        server.sendall(data)
                        # Until the server has done it: its answer comes in here, or goes nowhere.
                        server.settimeout(10)
                        with contextlib.suppress(OSError):
                            server.recv(65536)
                    break
                server.sendall(data)
        _close(service)
        _close(server)

    def _to_service(self, service: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                service.sendall(data)
        _close(service)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
