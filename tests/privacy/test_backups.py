"""Backing up and restoring for real, on both databases, from the command line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from survey.accounts.people import find_person
from survey.confidentiality.master_key import MasterKey
from survey.privacy.backups import Manifest
from survey.privacy.erasure import erase_invitation, erase_person, is_erased
from survey.storage import backup
from survey.storage.key_store import KeyDestroyedError
from survey.storage.migrate import migrate
from survey.storage.models import Goal, Invitation, Person, Round
from tests.conftest import DATABASES
from tests.privacy.people import SECRETS, Mentoring, actions, answer, everything
from tests.privacy.place import CLIENT, Place
from tests.support.cases import NOW, close, invitation_of, launched_case

MENTEE = "mia.mentee@example.org"


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(request.param, request, tmp_path)


def fill(place: Place) -> Mentoring:
    service = place.service()
    mentoring = everything(service)
    service.database.dispose()
    return mentoring


def test_an_address_may_be_written_as_a_uri(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    place = Place("sqlite", request, tmp_path)
    fill(place)
    for name in ("DATABASE_URL", "KEY_DATABASE_URL"):
        address = place.environment[name].replace("sqlite:///", "sqlite:///file:")
        place.environment[name] = f"{address}?mode=rw&uri=true"
    place.run("backup", str(place.folder / "backup"))
    place.run("backup-keys", str(place.folder / "keys.backup"))
    # It is not empty, by whatever address.
    output = place.run("restore", str(place.folder / "backup"), fails=1)
    assert "is not empty: it has" in output
    place.environment["DATABASE_URL"] = f"sqlite:///file:{tmp_path}/new.db?mode=rwc&uri=true"
    assert "erased since: 0" in place.run("restore", str(place.folder / "backup"))
    assert (tmp_path / "new.db").is_file()


def erase_the_mentee_and_a_rater(place: Place, mentoring: Mentoring) -> None:
    service = place.service()
    with service.database.writing() as session:
        round_ = session.get_one(Round, mentoring.open_round_id)
        invitation = invitation_of(round_, "peers1@example.org")
        erase_invitation(session, service.keys, invitation, NOW.date())
    with service.database.writing() as session:
        mentee = find_person(session, MENTEE)
        assert mentee is not None
        erase_person(session, service.keys, mentee, None, NOW)
    service.database.dispose()


def test_a_restored_backup_is_what_was_backed_up(place: Place) -> None:
    fill(place)
    before = len(actions(place.service()))
    assert "keys are not in it" in place.run("backup", str(place.folder / "backup"))
    place.lose_the_database()
    assert "erased since: 0" in place.run("restore", str(place.folder / "backup"))
    service = place.service()
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        assert goal.statement.startswith(SECRETS[0])
    # One more tells of the restored backup.
    assert f"whole: {before + 1} entries" in place.run("privacy", "verify")
    with service.database.engine.connect() as connection, pytest.raises(Exception, match="never"):
        connection.execute(text("UPDATE audit_entries SET action = 'x'"))
    service.database.dispose()
    place.run("db", "check")


def test_who_was_erased_stays_erased_after_an_older_backup(place: Place) -> None:
    mentoring = fill(place)
    place.run("backup", str(place.folder / "backup"))
    place.run("privacy", "verify")
    erase_the_mentee_and_a_rater(place, mentoring)
    place.lose_the_database()
    output = place.run("restore", str(place.folder / "backup"))
    assert "Erased again what was erased since: 2." in output
    service = place.service()
    with service.database.reading() as session:
        assert session.scalars(select(Goal)).all() == []
        assert [p.name for p in session.scalars(select(Person)) if is_erased(p)] == [
            "Erased person"
        ]
        assert find_person(session, MENTEE) is None
        assert session.scalars(select(Invitation)).all() == []
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    service.database.dispose()
    # The trail went back as well, and that is known.
    assert "is whole" in place.run("privacy", "verify")


def test_sealed_texts_of_the_erased_cannot_be_read_in_the_backup(place: Place) -> None:
    mentoring = fill(place)
    place.run("backup", str(place.folder / "backup"))
    content = (place.folder / "backup" / "database.backup").read_bytes()
    assert not any(secret.encode() in content for secret in SECRETS)
    erase_the_mentee_and_a_rater(place, mentoring)
    place.lose_the_database()
    # Somebody restores by hand, without our command: rows are there, texts are not.
    service = place.service()
    backup.copy_in(
        service.database.engine, place.folder / "backup" / "database.backup", str(CLIENT)
    )
    with service.database.reading() as session:
        goal = session.scalars(select(Goal)).one()
        with pytest.raises(KeyDestroyedError):
            _ = goal.statement
    service.database.dispose()


def test_a_restored_key_database_brings_nobody_back(place: Place) -> None:
    """The main database's trail tells of erasures that an older key database has forgotten."""
    mentoring = fill(place)
    keys = place.folder / "keys-backup.db"
    assert "Warning" in place.run("backup-keys", str(keys))
    assert keys.stat().st_mode & 0o077 == 0
    erase_the_mentee_and_a_rater(place, mentoring)
    place.run("backup", str(place.folder / "later"))
    # Somebody copies the older keys back by hand, without our command.
    place.lose_the_keys()
    service = place.service()
    backup.copy_in(service.keys.engine, keys, str(CLIENT))
    assert service.keys.key(mentoring.mentorship_id)
    place.lose_the_database()
    output = place.run("restore", str(place.folder / "later"))
    assert "Destroyed keys that had come back: 2." in output
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)


def test_nothing_is_overwritten(place: Place) -> None:
    fill(place)
    folder = place.folder / "backup"
    place.run("backup", str(folder))
    assert "not empty; name a new folder" in place.run("backup", str(folder), fails=1)
    assert "is not empty: it has" in place.run("restore", str(folder), fails=1)
    place.run("backup-keys", str(place.folder / "k"))
    assert "exists already" in place.run("backup-keys", str(place.folder / "k"), fails=1)


Damage = Callable[[Path], None]


def _flip(folder: Path) -> None:
    content = bytearray((folder / "database.backup").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "database.backup").write_bytes(content)


def _newer(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"revision": "9999"}))


def _other_kind(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    kind = "sqlite" if manifest["kind"] == "postgresql" else "postgresql"
    (folder / "manifest.json").write_text(json.dumps(manifest | {"kind": kind}))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flip, "it is damaged"),
        (_newer, "made by a newer one"),
        (_other_kind, "This is a backup of"),
        (lambda folder: (folder / "manifest.json").unlink(), "is no backup"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "not what a backup has"),
    ],
)
def test_a_backup_that_cannot_be_used_changes_nothing(
    place: Place, damage: Damage, message: str
) -> None:
    fill(place)
    folder = place.folder / "backup"
    place.run("backup", str(folder))
    damage(folder)
    place.lose_the_database()
    assert message in place.run("restore", str(folder), fails=1)
    if place.environment["DATABASE_URL"].startswith("sqlite"):
        assert not list(place.folder.glob("empty_*"))


def test_missing_client_programs_are_named(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    place = Place("postgresql", request, tmp_path)
    place.environment["POSTGRES_CLIENT_FOLDER"] = str(tmp_path)
    output = place.run("backup", str(tmp_path / "backup"), fails=1)
    assert "pg_dump is not in" in output
    assert "POSTGRES_CLIENT_FOLDER" in output


def test_an_older_schema_is_brought_up_to_date(place: Place) -> None:
    """A backup made before the audit trail was a chain."""
    place.lose_the_database()
    service = place.service()
    migrate(service.database, "0007")
    person = uuid.uuid4()
    values = {"id": person.hex if service.database.is_sqlite else person}
    with service.database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO people (id, name, email, normalised_email, language, is_mentor) "
                "VALUES (:id, 'Max', 'max@example.org', 'max@example.org', 'en', true)"
            ),
            values,
        )
        for hour in (23, 5):
            connection.execute(
                text(
                    "INSERT INTO audit_entries (id, at, actor_id, action, object_id) VALUES "
                    "(:key, :at, :id, :action, :id)"
                ),
                values
                | {
                    "key": uuid.uuid4().hex if service.database.is_sqlite else uuid.uuid4(),
                    "at": f"2026-05-04 {hour:02}:00:00.000000"
                    + ("" if service.database.is_sqlite else "+00"),
                    "action": f"deed.at_{hour}",
                },
            )
    folder = place.folder / "old"
    folder.mkdir()
    content = folder / "database.backup"
    backup.copy_out(service.database.engine, content, str(CLIENT))
    service.database.dispose()
    manifest = Manifest(
        kind=backup.kind_of(service.database.engine),
        revision="0007",
        made_on=NOW.date(),
        sha256=backup.fingerprint(content),
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())
    place.lose_the_database()
    assert "Its schema was older" in place.run("restore", str(folder))
    # The two of before, and that of the restored backup.
    assert "whole: 3 entries" in place.run("privacy", "verify")
    service = place.service()
    with service.database.reading() as session:
        found = session.execute(
            text("SELECT action, day FROM audit_entries ORDER BY sequence")
        ).all()
        assert [(action, str(day)) for action, day in found] == [
            ("deed.at_5", "2026-05-04"),
            ("deed.at_23", "2026-05-04"),
            ("backup.restored", service.today().isoformat()),
        ]


# The keys


def test_keys_come_back_with_their_backup(place: Place) -> None:
    mentoring = fill(place)
    file = place.folder / "keys.backup"
    place.run("backup-keys", str(file))
    place.lose_the_keys()
    output = place.run("restore-keys", str(file))
    assert "erased since: 0." in output
    # The one that was closed before the backup was noted already.
    assert "rounds that are closed: 0." in output
    service = place.service()
    with service.database.reading() as session:
        assert session.scalars(select(Goal)).one().statement.startswith(SECRETS[0])
    answer(service, mentoring.open_round_id)
    close(service, mentoring.open_round_id)
    service.database.dispose()
    assert "is whole" in place.run("privacy", "verify")


def test_keys_of_what_was_erased_and_closed_since_do_not_come_back(place: Place) -> None:
    """Told by the main database, which is the newer of the two."""
    mentoring = fill(place)
    file = place.folder / "keys.backup"
    place.run("backup-keys", str(file))
    service = place.service()
    close(service, mentoring.open_round_id)
    service.database.dispose()
    erase_the_mentee_and_a_rater(place, mentoring)
    place.lose_the_keys()
    output = place.run("restore-keys", str(file))
    assert "Destroyed keys of what was erased since: 2." in output
    service = place.service()
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    service.database.dispose()


def test_a_round_that_was_closed_since_gets_no_key_back(place: Place) -> None:
    mentoring = fill(place)
    file = place.folder / "keys.backup"
    place.run("backup-keys", str(file))
    service = place.service()
    close(service, mentoring.open_round_id)
    service.database.dispose()
    place.lose_the_keys()
    assert "rounds that are closed: 1." in place.run("restore-keys", str(file))
    service = place.service()
    assert service.keys.is_ended(mentoring.open_round_id)
    assert not service.keys.has_opening_key(mentoring.open_round_id)
    service.database.dispose()


def test_notes_of_a_newer_key_database_are_taken_over(place: Place) -> None:
    """As where the main database is lost as well, and its backup knows of no erasure."""
    mentoring = fill(place)
    file = place.folder / "keys.backup"
    place.run("backup", str(place.folder / "backup"))
    place.run("backup-keys", str(file))
    erase_the_mentee_and_a_rater(place, mentoring)
    newer = place.environment["KEY_DATABASE_URL"]
    if place.is_sqlite:
        # What is damaged is rather not written to.
        newer = newer.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    place.lose_the_database()
    place.lose_the_keys()
    output = place.run("restore-keys", str(file), "--newer", newer)
    # Mentee, mentorship, and four invitations; two rounds.
    assert "Taken over from the newer key database: " in output
    assert "not known yet" in output
    service = place.service()
    with pytest.raises(KeyDestroyedError):
        service.keys.key(mentoring.mentorship_id)
    assert service.keys.is_ended(mentoring.open_round_id)
    service.database.dispose()
    assert "Erased again" in place.run("restore", str(place.folder / "backup"))
    service = place.service()
    with service.database.reading() as session:
        assert find_person(session, MENTEE) is None
    service.database.dispose()


def test_open_rounds_without_a_key_are_told(place: Place) -> None:
    """The backup of the keys was made before the round was launched."""
    file = place.folder / "keys.backup"
    place.run("backup-keys", str(file))
    service = place.service()
    launched_case(service, {"peers": 3})
    service.database.dispose()
    place.lose_the_keys()
    output = place.run("restore-keys", str(file), fails=1)
    assert "open rounds that cannot be closed with these keys: 1." in output


def test_keys_are_restored_into_an_empty_place_alone(place: Place) -> None:
    fill(place)
    file = place.folder / "keys.backup"
    place.run("backup-keys", str(file))
    output = place.run("restore-keys", str(file), fails=1)
    assert "is not empty: it has" in output
    assert "Set KEY_DATABASE_URL to an empty place" in output
    main = place.folder / "backup"
    place.run("backup", str(main))
    place.lose_the_keys()
    wrong = place.run("restore-keys", str(main / "database.backup"), fails=1)
    assert "is a backup of another database: it has no table mentorship_keys" in wrong
    (place.folder / "nonsense").write_text("no backup")
    assert "is no backup" in place.run("restore-keys", str(place.folder / "nonsense"), fails=1)
    other = b"PGDMP" if place.is_sqlite else b"SQLite format 3\x00"
    (place.folder / "other").write_bytes(other)
    assert "and KEY_DATABASE_URL names" in place.run(
        "restore-keys", str(place.folder / "other"), fails=1
    )
    for address in ("sqlite:////nowhere.db", "sqlite:///file:/nowhere.db?mode=rwc&uri=true"):
        missing = place.run("restore-keys", str(file), "--newer", address, fails=1)
        assert "/nowhere.db does not exist" in missing
    # This one makes no file; connecting says that there is none.
    only_read = "sqlite:///file:/nowhere.db?mode=ro&uri=true"
    unread = place.run("restore-keys", str(file), "--newer", only_read, fails=1)
    assert "The newer key database cannot be read." in unread
    assert not Path("/nowhere.db").exists()
    kept, place.environment["MASTER_KEY"] = place.environment["MASTER_KEY"], MasterKey.generate()
    assert "Nothing was restored" in place.run("restore-keys", str(file), fails=1)
    # After all that it is as empty as before.
    place.environment["MASTER_KEY"] = kept
    assert "Restored the keys" in place.run("restore-keys", str(file))
