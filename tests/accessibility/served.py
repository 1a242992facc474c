"""The application behind a real web server in this process, which knows what each page was."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, request, template_rendered
from werkzeug.serving import make_server

from tests.conftest import fresh_database, service_environment
from tests.support.ports import free_port
from tests.support.web import ClockedService, make_app, service_of


class Served:
    """An application, its address, and the endpoint and templates of the page sent last."""

    def __init__(self, app: Flask, base_url: str) -> None:
        self.app = app
        self.base_url = base_url
        self.last_endpoint = ""
        # A page that was kept ready is rendered once only, so what it was made of is remembered.
        self.templates: defaultdict[str, set[str]] = defaultdict(set)
        template_rendered.connect(self._rendered, app)
        app.after_request(self._sent)

    @property
    def service(self) -> ClockedService:
        """The service behind the pages; its clock stands still."""
        return service_of(self.app)

    def address(self, endpoint: str, **values: object) -> str:
        """The address of a page."""
        path = self.app.url_map.bind("").build(endpoint, values)
        return f"{self.base_url}{path}"

    def _rendered(self, _app: Flask, template: Any, **_more: object) -> None:
        g.rendered = template.name
        self.templates[request.endpoint or "none"].add(str(template.name))

    def _sent(self, response: Response) -> Response:
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            self.last_endpoint = request.endpoint or "none"
        return response


@contextmanager
def served(request: pytest.FixtureRequest, folder: Path, **settings: str) -> Iterator[Served]:
    """The application on a fresh database with a local mailbox, answering on loopback."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    app = make_app(
        service_environment(fresh_database("sqlite", request, folder), folder)
        | {"BASE_URL": base_url}
        | settings
    )
    made = Served(app, base_url)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        made.service.database.dispose()
