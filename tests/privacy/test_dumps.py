"""What a dump of the databases still tells after an erasure, and after a disposal by the worker.

The worker is a process of its own here, as it is where the service runs.
"""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import Engine

from survey.accounts.people import find_person
from survey.privacy.erasure import erase_person
from survey.service import Service
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import Mentorship
from tests.conftest import DATABASES
from tests.privacy.people import SECRETS, Mentoring, analyse, everything, files_of, rows
from tests.privacy.place import CLIENT, Place
from tests.support.cases import NOW, close
from tests.support.live_worker import working

MENTEE = "mia.mentee@example.org"
PEOPLE = (MENTEE, "Mia Mentee", "peers1@example.org", "peers 1")


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, request, tmp_path)


def dump(engine: Engine) -> str:
    """The database as text."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            return "\n".join(driver.iterdump())
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run(
        [CLIENT / "pg_dump", f"--dbname={address}"], capture_output=True, text=True, check=True
    )
    return done.stdout


def opened(service: Service, mentoring: Mentoring) -> bytes:
    """The key of the mentorship, as it lies wrapped in the key database."""
    with service.keys.engine.connect() as connection:
        (wrapped,) = [
            bytes(row.wrapped_key)
            for row in connection.exec_driver_sql("SELECT * FROM mentorship_keys")
            if str(row.mentorship_id).replace("-", "") == mentoring.mentorship_id.hex
        ]
    return wrapped


def is_clean(service: Service) -> bool:
    """Whether nothing is left to be erased from the files."""
    with service.keys.engine.connect() as connection:
        due = connection.exec_driver_sql("SELECT count(*) FROM traces_due").scalar_one()
    return not due and not rows(service)["erasures_due"]


def assert_gone(service: Service, key: bytes, names: tuple[str, ...]) -> None:
    main, keys = service.database.engine, service.keys.engine
    texts = dump(main) + dump(keys)
    assert "CREATE TABLE" in texts
    files = files_of(main) + files_of(keys)
    for words in (*names, *SECRETS):
        assert words not in texts, words
        assert words.encode() not in files, words
    assert key.hex() not in texts.lower()
    assert key not in files


def test_after_an_erasure_neither_dump_nor_file_holds_text_or_key(place: Place) -> None:
    service = place.service()
    mentoring = everything(service)
    for engine in (service.database.engine, service.keys.engine):
        analyse(engine)
    key = opened(service, mentoring)
    before = dump(service.database.engine) + dump(service.keys.engine)
    assert all(name in before for name in PEOPLE)
    assert key.hex() in before.lower()
    assert key in files_of(service.keys.engine)
    with service.database.writing() as session:
        mentee = find_person(session, MENTEE)
        assert mentee is not None
        erase_person(session, service.keys, mentee, None, NOW)
    if not is_clean(service):
        # Another test's transaction on the same server was in the way.
        with working(place.environment) as worker:
            worker.until(lambda: is_clean(service))
    assert_gone(service, key, PEOPLE)
    service.database.dispose()


def test_a_separate_worker_disposes_of_what_was_kept_too_long(place: Place) -> None:
    """It has the clock of the machine, so everything happened long ago."""
    service = place.service()
    long_ago = NOW - dt.timedelta(days=365 * 8)
    mentoring = everything(service, long_ago)
    close(service, mentoring.open_round_id, now=long_ago)
    for engine in (service.database.engine, service.keys.engine):
        analyse(engine)
    key = opened(service, mentoring)
    assert rows(service)["rounds"] == 2
    with working(place.environment) as worker:
        worker.until(lambda: rows(service)["disposal_runs"] == 1)
        worker.until(lambda: is_clean(service))
    left = rows(service)
    assert (left["mentorships"], left["rounds"], left["responses"], left["outbox"]) == (0, 0, 0, 0)
    with service.database.reading() as session:
        assert session.get(Mentorship, mentoring.mentorship_id) is None
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    assert set(service.keys.ended_rounds()) == {mentoring.case.round_id, mentoring.open_round_id}
    # The accounts of mentor and mentee stay.
    assert_gone(service, key, PEOPLE[2:])
    service.database.dispose()
