"""Fixtures for faults: a server of one's own, and the application that meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import service_environment
from tests.reliability.own_postgres import OwnPostgres
from tests.support.web import make_app, service_of

MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[OwnPostgres]:
    server = OwnPostgres()
    yield server
    server.remove()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeApp]:
    """Makes applications on a database; what they need beside it is the same for all."""
    environment: dict[str, str] = {}
    made: list[Flask] = []

    def make_one(database_url: str, **settings: str) -> Flask:
        environment.update(environment or service_environment(database_url, tmp_path))
        app = make_app(environment | {"DATABASE_URL": database_url} | settings)
        made.append(app)
        return app

    yield make_one
    for app in made:
        service_of(app).database.dispose()
        service_of(app).keys.dispose()
