"""The application as the mail tests use it, sending to a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import fresh_database
from tests.mail.mailing import mailing_app
from tests.support.mail_server import MailServer


@pytest.fixture
def app(database_url: str, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    yield from mailing_app(database_url, tmp_path, mail_server)


@pytest.fixture
def sqlite_app(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> Iterator[Flask]:
    """For what a letter says, which no database changes."""
    yield from mailing_app(fresh_database("sqlite", request, tmp_path), tmp_path, mail_server)
