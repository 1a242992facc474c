"""A full or read-only disk: nothing is half stored, and the service goes on once it is mended."""

from __future__ import annotations

import pwd
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from survey.storage.faults import DatabaseFaultError
from tests.conftest import fresh_database
from tests.reliability.conftest import MakeApp
from tests.reliability.interrupted_rater import InterruptedRater, assert_calm
from tests.reliability.own_postgres import OwnPostgres
from tests.reliability.small_disk import SmallDisk
from tests.support.cases import launched_case
from tests.support.web import service_of, signed_in, worker_of

MENTOR = "max.mentor@example.org"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk.mounted(tmp_path / "disk")
    yield made
    made.unmount()


@pytest.fixture
def sqlite_on_disk(disk: SmallDisk, migrated_sqlite: Path) -> str:
    path = disk.folder / "survey.db"
    shutil.copyfile(migrated_sqlite, path)
    return f"sqlite:///{path}"


def test_a_full_disk_under_sqlite(
    make: MakeApp, disk: SmallDisk, sqlite_on_disk: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = make(sqlite_on_disk)
    rater = InterruptedRater(app)
    mentor = signed_in(app, MENTOR)
    # An emptied log has no place left over that could be written once more.
    service_of(app).database.erase_traces()
    disk.fill()
    for _ in range(3):
        rater.is_put_off()
    assert rater.look().status_code == 200  # reading goes on
    page = f"/mentees/{rater.case.mentorship_id}"
    assert mentor.get(page).status_code == 200
    assert_calm(mentor.post("/rounds/" + str(rater.case.round_id) + "/remind"))
    assert rater.counts() == (0, 0)
    lines = [r.getMessage() for r in caplog.records if "not served" in r.getMessage()]
    assert lines
    assert all("DATABASE_URL: the disk is full" in line for line in lines)
    assert not any(rater.token in line or "peers1" in line for line in lines)
    disk.make_room()
    rater.is_thanked()


def test_a_database_that_may_not_grow(
    request: pytest.FixtureRequest, make: MakeApp, tmp_path: Path
) -> None:
    """The same without a disk of one's own: SQLite itself refuses to grow the file."""
    app = make(fresh_database("sqlite", request, tmp_path))
    rater = InterruptedRater(app)
    database = service_of(app).database
    database.dispose()
    with closing(sqlite3.connect(tmp_path / "survey.db")) as connection:
        connection.execute("VACUUM")  # no free pages are left within the file

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        # Less than there is: SQLite takes the size that the file has.
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(database.engine, "connect", limit)
    for _ in range(2):
        rater.is_put_off()
    assert rater.counts() == (0, 0)
    event.remove(database.engine, "connect", limit)
    database.dispose()
    rater.is_thanked()


def test_a_read_only_disk_under_sqlite(make: MakeApp, disk: SmallDisk, sqlite_on_disk: str) -> None:
    app = make(sqlite_on_disk)
    rater = InterruptedRater(app)
    # As after an error of the disk, when the system mounts it anew for reading alone.
    service_of(app).database.dispose()
    disk.make_read_only()
    for _ in range(2):
        rater.is_put_off()
    disk.make_writable()
    rater.is_thanked()


def test_a_full_disk_under_postgresql(
    make: MakeApp, own_postgres: OwnPostgres, tmp_path: Path
) -> None:
    folder = own_postgres.folder / "small"
    owner = str(pwd.getpwnam(own_postgres.user).pw_uid) if own_postgres.user else None
    disk = SmallDisk.mounted(folder, owner=owner)
    name = own_postgres.new_database()
    try:
        with own_postgres.admin(name) as admin:
            admin.execute(f"CREATE TABLESPACE small LOCATION '{folder}'".encode())
            admin.execute("ALTER TABLE sealed_ballots SET TABLESPACE small")
        app = make(own_postgres.url(name))
        rater = InterruptedRater(app)
        disk.fill()
        for _ in range(3):
            rater.is_put_off()
        assert rater.look().status_code == 200
        assert rater.counts() == (0, 0)
        disk.make_room()
        rater.is_thanked()
        service_of(app).database.dispose()
        with own_postgres.admin(name) as admin:
            admin.execute("ALTER TABLE sealed_ballots SET TABLESPACE pg_default")
            admin.execute("DROP TABLESPACE small")
    finally:
        disk.unmount()


def test_a_read_only_postgresql(make: MakeApp, own_postgres: OwnPostgres) -> None:
    """A standby, or a primary that was demoted, takes no writes."""
    name = own_postgres.new_database()
    app = make(own_postgres.url(name))
    rater = InterruptedRater(app)
    service_of(app).database.dispose()
    with own_postgres.admin() as admin:
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        rater.is_put_off()
        assert rater.look().status_code == 200
        admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
    # Sessions keep what they began with; a server that changes its part ends them.
    service_of(app).database.dispose()
    rater.is_thanked()


def test_the_worker_waits_for_room(
    make: MakeApp, disk: SmallDisk, sqlite_on_disk: str, tmp_path: Path
) -> None:
    """Letters stay in the outbox, and go when there is room again; none goes twice."""
    app = make(sqlite_on_disk)
    launched_case(service_of(app), {"peers": 4})
    service_of(app).database.erase_traces()
    mailbox = tmp_path / "instance" / "mailbox" / "new"
    disk.fill()
    worker = worker_of(app)
    for _ in range(3):
        with pytest.raises(DatabaseFaultError, match="the disk is full"):
            worker.run_once()
    assert not mailbox.exists()
    disk.make_room()
    while worker.run_once():
        pass
    # To four peers, to the mentee about their own view, and the mentee's welcome.
    assert len(list(mailbox.iterdir())) == 6
    assert not worker.run_once()
