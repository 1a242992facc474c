"""The application that programs ask in these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import fresh_database, service_environment
from tests.support.web import make_app, service_of


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """On SQLite."""
    yield from serving("sqlite", request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def app_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """On each kind of database."""
    yield from serving(request.param, request, tmp_path)


def serving(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Flask]:
    environment = service_environment(fresh_database(kind, request, folder), folder)
    made = make_app(environment | {"MAIL_SERVER": "127.0.0.1"})
    yield made
    service_of(made).database.dispose()
