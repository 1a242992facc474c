"""The keys of open rounds: made once, destroyed for good, and gone from the files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text

from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.storage.engines import missing_file
from survey.storage.faults import DatabaseFaultError
from survey.storage.key_store import KeyDestroyedError, KeyStore, Notes
from tests.conftest import DATABASES, create_postgres_database, postgres_address
from tests.privacy.people import analyse, files_of

TODAY = dt.date(2026, 11, 2)
ROUND, OTHER = uuid.uuid4(), uuid.uuid4()


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'keys.db'}"
    server: str = request.getfixturevalue("postgres_server")
    name = f"keys_{uuid.uuid4().hex}"
    create_postgres_database(server, name)
    return postgres_address(server, name)


@pytest.fixture
def store(url: str) -> Iterator[KeyStore]:
    made = KeyStore(url, MasterKey(MasterKey.generate()))
    yield made
    made.dispose()


def wrapped(store: KeyStore) -> list[bytes]:
    with store.engine.connect() as connection:
        return [bytes(k) for k in connection.scalars(text("SELECT wrapped_key FROM opening_keys"))]


def due(store: KeyStore) -> int:
    with store.engine.connect() as connection:
        return len(connection.execute(text("SELECT id FROM traces_due")).all())


def test_a_round_has_one_key_until_it_ends(store: KeyStore) -> None:
    key = store.opening_key_for_writing(ROUND)
    assert store.opening_key_for_writing(ROUND) == store.opening_key(ROUND) == key
    assert store.opening_key_for_writing(OTHER) != key
    for _ in range(2):  # a repetition changes nothing
        store.end_rounds({ROUND: TODAY})
        with pytest.raises(KeyDestroyedError):
            store.opening_key(ROUND)
        with pytest.raises(KeyDestroyedError):
            store.opening_key_for_writing(ROUND)
    assert dict(store.ended_rounds()) == {ROUND: TODAY}
    assert store.has_opening_key(OTHER)
    assert not store.is_ended(OTHER)


def test_an_answer_asks_for_its_key_every_few_seconds(store: KeyStore, url: str) -> None:
    assert not store.opens(ROUND)
    store.opening_key_for_writing(ROUND)
    assert store.opens(ROUND)
    later = KeyStore(url, MasterKey(MasterKey.generate()))
    store.end_rounds({ROUND: TODAY})
    assert store.opens(ROUND), "a yes holds for some seconds"
    assert not later.opens(ROUND)
    later.dispose()


def test_processes_at_once_make_one_key(url: str) -> None:
    master = MasterKey.generate()
    stores = [KeyStore(url, MasterKey(master)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda store: store.opening_key_for_writing(ROUND), stores))
    assert len(found) == 1
    for store in stores:
        store.dispose()


def test_no_file_keeps_a_key_that_was_destroyed(store: KeyStore) -> None:
    for round_id in (ROUND, OTHER):
        store.opening_key_for_writing(round_id)
    analyse(store.engine)
    before = wrapped(store)
    assert all(key in files_of(store.engine) for key in before)
    store.end_rounds({ROUND: TODAY})
    store.erase_due_traces()
    (left,) = wrapped(store)
    (gone,) = set(before) - {left}
    files = files_of(store.engine)
    assert left in files
    assert gone not in files
    assert due(store) == 0


def test_somebody_who_reads_only_delays_it(url: str) -> None:
    """A backup of the keys is being made while a round closes."""
    if url.startswith("sqlite"):
        url += "?timeout=0.1"
    store = KeyStore(url, MasterKey(MasterKey.generate()))
    store.opening_key_for_writing(ROUND)
    (gone,) = wrapped(store)
    level = "SERIALIZABLE" if url.startswith("sqlite") else "REPEATABLE READ"
    with store.engine.connect().execution_options(isolation_level=level) as reader:
        reader.execute(select(text("count(*) FROM opening_keys")))
        store.end_rounds({ROUND: TODAY})
        store.erase_due_traces()
        assert store.is_ended(ROUND)
        assert due(store) == 1
    store.erase_due_traces()
    assert due(store) == 0
    assert gone not in files_of(store.engine)
    store.dispose()


def test_a_new_master_key_wraps_all_and_leaves_nothing_for_the_old(url: str) -> None:
    old, new = MasterKey.generate(), MasterKey.generate()
    before = KeyStore(url, MasterKey(old))
    key, mentorship = before.opening_key_for_writing(ROUND), before.key_for_writing(OTHER)
    (old_wrapping,) = wrapped(before)
    with pytest.raises(MasterKeyError):
        KeyStore(url, MasterKey(new)).rewrap()
    assert wrapped(before) == [old_wrapping]
    assert KeyStore(url, MasterKey(f"{new} {old}")).rewrap() == 1
    after = KeyStore(url, MasterKey(new))
    after.check()
    assert after.opening_key(ROUND) == key
    assert after.key(OTHER).open(mentorship.seal("Kept", "here"), "here") == "Kept"
    assert old_wrapping not in files_of(after.engine)
    with pytest.raises(MasterKeyError):
        before.check()


def test_notes_of_another_key_database_are_taken_over(store: KeyStore) -> None:
    person = uuid.uuid4()
    store.key_for_writing(person)
    store.opening_key_for_writing(ROUND)
    notes = Notes({person: TODAY}, {ROUND: TODAY})
    assert store.take_over(notes) == 2
    assert store.take_over(notes) == 0
    assert store.notes() == notes
    for find in (lambda: store.key(person), lambda: store.opening_key(ROUND)):
        with pytest.raises(KeyDestroyedError):
            find()


def test_somebody_who_writes_in_another_database_of_the_server_only_delays_it(
    request: pytest.FixtureRequest,
) -> None:
    """PostgreSQL keeps dead rows for them too: the numbers of transactions are the server's."""
    server: str = request.getfixturevalue("postgres_server")
    names = [f"keys_{uuid.uuid4().hex}" for _ in range(2)]
    for name in names:
        create_postgres_database(server, name)
    store, other = (
        KeyStore(postgres_address(server, name), MasterKey(MasterKey.generate())) for name in names
    )
    store.opening_key_for_writing(ROUND)
    other.prepare()
    (gone,) = wrapped(store)
    with other.engine.begin() as writer:
        writer.execute(text("DELETE FROM ended_rounds"))
        writer.execute(text("SELECT pg_current_xact_id()"))
        store.end_rounds({ROUND: TODAY})
        store.erase_due_traces()
        assert due(store) == 1
    store.erase_due_traces()
    assert due(store) == 0
    assert gone not in files_of(store.engine)
    store.dispose()
    other.dispose()


@pytest.mark.parametrize(
    ("address", "is_made"),
    [
        ("sqlite:///{file}", True),
        ("sqlite:///file:{file}?uri=true", True),
        ("sqlite:///file://{file}?uri=true", True),
        ("sqlite:///file:{file}?mode=rwc&uri=true", True),
        ("sqlite:///file:{file}?mode=rw&uri=true", False),
        ("sqlite:///file:{file}?mode=ro&uri=true", False),
    ],
)
def test_asking_whether_keys_are_there_makes_no_file(
    tmp_path: Path, address: str, is_made: bool
) -> None:
    """However the address is written; with a mode that makes no file, connecting says so."""
    folder = tmp_path / "a b"
    folder.mkdir()
    file = folder / "keys.db"
    written = file.as_uri().removeprefix("file://") if "uri=true" in address else str(file)
    master = MasterKey(MasterKey.generate())
    store = KeyStore(address.format(file=written.replace("%", "%25")), master)
    if is_made:
        assert not store.is_there()
        assert missing_file(store.engine) == file
    else:
        with pytest.raises(DatabaseFaultError, match="cannot be reached"):
            store.is_there()
    assert list(folder.iterdir()) == []
    other = KeyStore(f"sqlite:///{file}", master)
    other.prepare()
    other.dispose()
    assert missing_file(store.engine) is None
    assert store.is_there()
    store.dispose()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_has_no_file(address: str) -> None:
    store = KeyStore(address, MasterKey(MasterKey.generate()))
    assert missing_file(store.engine) is None
    assert not store.is_there()
    store.dispose()
