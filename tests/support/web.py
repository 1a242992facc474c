"""The web application with a clock that tests set, and somebody who uses it without JavaScript."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping

from flask import Flask
from werkzeug.test import TestResponse

from config import load_config
from survey.accounts.people import find_person
from survey.mail.delivery import Postman
from survey.mail.letters import LetterWriter
from survey.mail.pace import Pace
from survey.mail.transport import choose_transport
from survey.mail.worker import Worker
from survey.service import Service
from survey.web.app import create_app
from survey.web.current import SERVICE_EXTENSION
from tests.support.cases import NOW


class ClockedService(Service):
    """The service, at an instant that the test chooses."""

    def __init__(self, service: Service, now: dt.datetime = NOW) -> None:
        """Take over everything of a service except its clock."""
        vars(self).update(vars(service))
        self.clock = now

    def now(self) -> dt.datetime:
        return self.clock


def make_app(environment: Mapping[str, str]) -> Flask:
    """The application for this environment; its service's clock stands at NOW."""
    app = create_app(load_config(environment))
    app.extensions[SERVICE_EXTENSION] = ClockedService(app.extensions[SERVICE_EXTENSION])
    return app


def service_of(app: Flask) -> ClockedService:
    """The service behind the application."""
    service = app.extensions[SERVICE_EXTENSION]
    assert isinstance(service, ClockedService)
    return service


def postman_of(app: Flask) -> Postman:
    """A postman as the worker has one."""
    service = service_of(app)
    config = app.config
    return Postman(
        service,
        LetterWriter(service, config["TEMPLATE_FOLDER"]),
        choose_transport(app),
        Pace(config["SECRET_KEY"], config["MAIL_PER_MINUTE"], config["MAIL_PER_MINUTE_PER_DOMAIN"]),
    )


def worker_of(app: Flask) -> Worker:
    """A worker that is driven step by step."""
    return Worker(service_of(app), postman_of(app))


def posted_endpoints(app: Flask) -> set[str]:
    """What pages can send forms to. What programs do is no form; tests/api/ has its own lists."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api.")
    }


class Surfer:
    """Keeps cookies and the newest page's CSRF token, as a browser does."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.csrf = ""

    def get(self, address: str, *, follow: bool = False) -> TestResponse:
        """Open a page; an absolute address of our own is fine too."""
        return self._seen(self.client.get(self._path(address), follow_redirects=follow))

    def post(
        self, address: str, fields: Mapping[str, object] | None = None, *, follow: bool = False
    ) -> TestResponse:
        """Send a form with the token of the page that was seen last."""
        data = {**(fields or {}), "csrf_token": self.csrf}
        return self._seen(self.client.post(self._path(address), data=data, follow_redirects=follow))

    def sign_in(self, email: str) -> None:
        """Sign in with a link made for this person."""
        service = service_of(self.app)
        with service.database.writing() as session:
            person = find_person(session, email)
            assert person is not None
            link = service.sign_in_links.create(session, person, service.now())
            token = service.sign_in_links.token(link)
        self.get(f"/sign-in/{token}")
        assert self.post(f"/sign-in/{token}").headers["Location"] == "/"

    def _path(self, address: str) -> str:
        return address.removeprefix(service_of(self.app).base_url)

    def _seen(self, response: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', response.text)
        if found:
            self.csrf = found.group(1)
        return response


def signed_in(app: Flask, email: str) -> Surfer:
    """Somebody signed in."""
    surfer = Surfer(app)
    surfer.sign_in(email)
    return surfer


def flashes(page: str) -> list[str]:
    """The messages at the top of a page."""
    return [
        html.unescape(text)
        for text in re.findall(r'<div class="flash [^>]*role="[^>]*>(.*?)<', page)
    ]


def field_values(page: str, name: str) -> list[str]:
    """The values of all inputs and buttons with this name, in quotes or without."""
    tags = re.findall(r"<(?:input|button)\b[^>]*>", page)
    found = [re.search(r'value=(?:"([^"]*)"|([^\s">]+))', t) for t in tags if f'name="{name}"' in t]
    return [html.unescape(value[1] or value[2] or "") for value in found if value]
