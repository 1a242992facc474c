"""A full service to attack, with its forms as its pages offer them, set back after each change."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from sqlalchemy import MetaData, Table, insert, text
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client

from survey.accounts.api_tokens import Scope, make_token
from survey.accounts.people import add_mentor, add_programme_lead
from survey.accounts.roles import add_administrator
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.mentees import add_mentee
from survey.mentoring.mentoring_feedback import give_feedback
from survey.privacy.requests import ask as request_of
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.framework_drafts import begin_draft
from survey.service import Service
from survey.storage.models import (
    Mentorship,
    Passkey,
    Person,
    RequestKind,
    Round,
    RoundKind,
    RoundState,
)
from survey.web.rate_limits import limiter
from tests.conftest import service_environment
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW, close, entries, launch, tokens
from tests.support.web import Surfer, make_app, service_of, signed_in
from tests.web.test_access import MENTEE, MENTOR, OTHER_MENTOR, World, fill

ADMIN, LEAD, EVERYTHING = "ada@example.org", "lena@example.org", "zoe@example.org"
NOBODY, RATER = "nobody", "rater"
PEOPLE = (MENTOR, MENTEE, ADMIN, LEAD, EVERYTHING)
ROLES = (NOBODY, RATER, *PEOPLE)
# What only scripts send, and what is shown only to those who have to show anew who they are.
UNLISTED: dict[str, dict[str, tuple[str, ...]]] = {
    "accounts.with_passkey": {"credential": ("{}",)},
    "accounts.passkey_options": {},
    "account.passkey_options": {},
    "account.send_confirmation": {},
}
_RATER = "peers1@example.org"


@dataclass(frozen=True)
class Attackable:
    """A form: where it goes, and its fields with the values that the page puts in."""

    endpoint: str
    path: str
    fields: dict[str, tuple[str, ...]]
    files: frozenset[str] = frozenset()


class _Forms(HTMLParser):
    """The POST forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.found: list[tuple[str, dict[str, list[str]], set[str]]] = []
        self._open: tuple[str, dict[str, list[str]], set[str]] | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self._page, given.get("action") or self._page)
            if given.get("method", "get").lower() == "post":
                self._open = (urlsplit(action).path, {}, set())
                self.found.append(self._open)
            return
        if self._open is None:
            return
        _, fields, files = self._open
        name = given.get("name", "")
        if tag == "option" and self._select:
            fields[self._select].append(given.get("value", ""))
        elif tag in {"input", "button", "textarea", "select"} and name:
            if given.get("type") == "file":
                files.add(name)
                return
            values = fields.setdefault(name, [])
            if tag == "select":
                self._select = name
            elif given.get("value"):
                values.append(given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None


def forms_in(page: str, html: str) -> list[tuple[str, dict[str, list[str]], set[str]]]:
    """Path, fields and file fields of each POST form of a page."""
    parser = _Forms(page)
    parser.feed(html)
    return parser.found


@dataclass
class Target:
    """The service under attack."""

    app: Flask = field(repr=False)
    world: World = field(repr=False)
    database_url: str
    key_file: Path
    # By role: name, value and path of the browser's cookies, and a token for forms.
    cookies: dict[str, list[tuple[str, str, str]]] = field(repr=False, default_factory=dict)
    csrf: dict[str, str] = field(repr=False, default_factory=dict)
    # By role and path: the form as this role's pages offer it.
    forms: dict[str, dict[str, Attackable]] = field(repr=False, default_factory=dict)
    pages: list[str] = field(repr=False, default_factory=list)
    _rows: dict[str, list[dict[str, object]]] = field(repr=False, default_factory=dict)
    _copies: dict[Path, sqlite3.Connection] = field(repr=False, default_factory=dict)
    _tables: list[Table] = field(repr=False, default_factory=list)

    def client(self, role: str) -> Client:
        """A browser of this role as it was when the attack began."""
        limiter.reset()
        client = self.app.test_client()
        for name, value, path in self.cookies[role]:
            client.set_cookie(name, value, path=path)
        return client

    def endpoint(self, path: str) -> str | None:
        """The endpoint that takes what is sent to this path."""
        try:
            endpoint, _ = self.app.url_map.bind("").match(path, method="POST")
        except HTTPException:
            return None
        return str(endpoint)

    def attacks(self, role: str) -> list[Attackable]:
        """What this role can send: its own forms, and everybody else's."""
        own = self.forms[role]
        others = [form for forms in self.forms.values() for form in forms.values()]
        paths = {form.path: form for form in [*others, *own.values()]}
        return [paths[path] for path in sorted(paths)]

    def remember(self) -> None:
        """Keep what is stored now, to come back to."""
        schema = MetaData()
        schema.reflect(service_of(self.app).database.engine)
        self._tables = schema.sorted_tables
        for file in self._files():
            copy = sqlite3.connect(":memory:")
            with sqlite3.connect(file) as live:
                live.backup(copy)
            self._copies[file] = copy
        if not self.is_sqlite:
            with service_of(self.app).database.engine.connect() as connection:
                for table in self._tables:
                    rows = connection.execute(table.select()).mappings()
                    self._rows[table.name] = [dict(row) for row in rows]

    def restore(self) -> None:
        """Put everything back as it was."""
        for file, copy in self._copies.items():
            with sqlite3.connect(file, timeout=30) as live:
                copy.backup(live)
        if not self.is_sqlite:
            names = ", ".join(f'"{table.name}"' for table in self._tables)
            with service_of(self.app).database.engine.begin() as connection:
                # As the server's own replication would: no trigger and no constraint asks.
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                connection.execute(text(f"TRUNCATE {names}"))
                for table in self._tables:
                    if rows := self._rows[table.name]:
                        connection.execute(insert(table), rows)

    def stored(self) -> dict[str, list[str]]:
        """All rows of all tables, except what merely asking leaves behind."""
        with service_of(self.app).database.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(table.select())))
                for table in self._tables
                if table.name not in LEFT_BY_ASKING
            }

    @property
    def is_sqlite(self) -> bool:
        """Whether the main database is a file, too."""
        return self.database_url.startswith("sqlite")

    def _files(self) -> list[Path]:
        main = Path(self.database_url.removeprefix("sqlite:///"))
        return [self.key_file, *([main] if self.is_sqlite else [])]


# That a session is in use, that a challenge was given or taken, that a report was read.
LEFT_BY_ASKING = {"sign_in_sessions", "passkey_challenges", "audit_entries"}


def target_at(database_url: str, folder: Path) -> Target:
    """A service with everything in it that a page can be about, and somebody in every role."""
    app = make_app(
        service_environment(database_url, folder)
        | {
            "MAIL_SERVER": "127.0.0.1",
            "BASE_URL": "http://localhost:8000",
            "OIDC_ISSUER": "http://127.0.0.1:1",
            "OIDC_CLIENT_ID": "mentoring",
            "OIDC_CLIENT_SECRET": "secret",
        }
    )
    world = World(app)
    fill(world)
    service = service_of(app)
    with service.database.writing() as session:
        mia = session.get_one(Person, world.ids["person_id"])
        world.ids["request_id"] = request_of(session, mia, RequestKind.ERASURE, NOW.date()).id
        add_administrator(session, "Ada Admin", ADMIN)
        add_programme_lead(session, "Lena Lead", LEAD)
        everything = add_mentor(session, "Zoe All", EVERYTHING)
        everything.is_administrator = everything.is_programme_lead = True
        nora = add_mentor(session, "Nora Other", OTHER_MENTOR)
        add_mentee(session, nora, "Zoe All", EVERYTHING, NOW)
        add_passkey(session, mia)
        add_passkey(session, everything)
        make_token(session, everything, "Planner", [Scope.ROUNDS_READ], 90, NOW)
        request_of(
            session, nora, RequestKind.RECTIFICATION, NOW.date(), wanted_email="n@example.org"
        )
        gone = add_mentor(session, "Gil Gone", "gil@example.org")
        gone.deactivated_on = NOW.date()
        mentorship = session.get_one(Mentorship, world.ids["mentorship_id"])
        said, asked = {"more-of": "Held back"}, service.question_sets.mentee_feedback
        give_feedback(session, mentorship, said, asked, NOW.date(), held_back=True)
        more = f"/people/{gone.id}"
    target = Target(app, world, database_url, folder / "keys.db")
    target.pages += [more, *_in_two_versions(service, mentorship.id)]
    _let_everybody_in(target)
    _look_around(target)
    target.remember()
    return target


def _in_two_versions(service: Service, mentorship_id: uuid.UUID) -> list[str]:
    """Max's own framework gets a second version after a round asked the first; where that shows.

    An after round is being drafted, which may ask either, and a draft of a framework can be saved.
    """
    first = broken("id: leadership", "id: max-own", GOOD)
    second = broken("version: 1.0.0", "version: 2.0.0", first)
    second = broken("Asks before deciding", "Asks everybody before deciding", second)
    details = RoundDetails(
        RoundKind.BEFORE, "max-own", STANDARD_GROUPS, NOW.date() + dt.timedelta(days=14)
    )
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        before = create_draft(session, mentorship, details, NOW.date())
        assert add_raters(session, before, entries({"peers": 3})) == []
        before_id = before.id
    launch(service, before_id)
    close(service, before_id)
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, mentorship_id)
        service.catalogue.store_upload(session, mentorship.mentor, second.encode(), "own.yaml")
        ready = broken("id: leadership", "id: max-other", GOOD)
        draft = begin_draft(session, mentorship.mentor, ready, "", NOW.date())
        earlier = session.get_one(Round, before_id)
        details = replace(details, kind=RoundKind.AFTER, compared_with=earlier)
        after = create_draft(session, mentorship, details, NOW.date())
        return [f"/rounds/{after.id}/version", f"/framework-drafts/{draft.id}"]


def add_passkey(session: Session, person: Person) -> None:
    """One that looks like a passkey and opens nothing."""
    session.add(
        Passkey(
            person_id=person.id,
            credential_id=person.id.bytes,
            public_key=b"key",
            sign_count=0,
            label="Laptop",
            created_on=NOW.date(),
        )
    )


def _let_everybody_in(target: Target) -> None:
    for role in ROLES:
        if role in PEOPLE:
            signed_in(target.app, role)  # in another browser, too
        surfer = signed_in(target.app, role) if role in PEOPLE else Surfer(target.app)
        cookies = []
        if role == RATER:
            service = service_of(target.app)
            token = tokens(service, target.world.rounds[RoundState.OPEN])[_RATER]
            page = surfer.get(f"/r/{token}").headers["Location"]
            surfer.get(page)
            cookie = surfer.client.get_cookie(f"rater-{page.rpartition('/')[2]}", path=page)
            assert cookie is not None
            cookies.append((cookie.key, cookie.value, page))
            target.pages.append(page)
        elif role == NOBODY:
            surfer.get("/sign-in")
        else:
            surfer.get("/account")
        cookie = surfer.client.get_cookie("session")
        assert cookie is not None
        assert surfer.csrf
        target.cookies[role] = [*cookies, ("session", cookie.value, "/")]
        target.csrf[role] = surfer.csrf


def _look_around(target: Target) -> None:
    """Find the forms on all pages of everybody."""
    service = service_of(target.app)
    with service.database.writing() as session:
        person = session.get_one(Person, target.world.ids["person_id"])
        token = service.sign_in_links.token(
            service.sign_in_links.create(session, person, service.now())
        )
    pages = {
        path
        for rule, method, path, _ in target.world.requests()
        if method == "GET" and rule.endpoint.split(".")[0] not in ("static", "openid")
        if rule.endpoint != "reports.download"
    }
    about = service.rater_data_links.token(_RATER)
    target.pages += [*sorted(pages), f"/sign-in/{token}", f"/rater-data/{about}"]
    target.pages += [f"{page}/decline" for page in target.pages if page.startswith("/feedback/")]
    for role in ROLES:
        found = target.forms[role] = {}
        for page in target.pages:
            answer = target.client(role).get(page)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for path, fields, files in forms_in(page, answer.text):
                endpoint = target.endpoint(path)
                assert endpoint, f"{page} has a form that leads nowhere: {path}"
                known = found[path].fields if path in found else {}
                merged = {name: (*known.get(name, ()), *values) for name, values in fields.items()}
                found[path] = Attackable(endpoint, path, known | merged, frozenset(files))
        for endpoint, fields in UNLISTED.items():
            with target.app.test_request_context():
                path = target.app.url_map.bind("").build(endpoint)
            found[path] = Attackable(endpoint, path, dict(fields))
