"""Backups that leave erased people erased, and closed rounds closed.

A backup of the main database holds sealed texts, and names and addresses in clear. The keys lie in
another database and are no part of it. When a backup is restored, everything that was erased since
is erased again, by the notes in the key database, and rounds that have ended are ended again.

A backup of the keys is the other way round: what it has forgotten stands in the main database.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from survey.confidentiality.master_key import MasterKeyError
from survey.places import COMMAND
from survey.privacy.audit_anchors import Anchor, anchors_in, note_anchor
from survey.privacy.audit_trail import Action, record
from survey.privacy.audit_verification import Break, current_anchor, verify_trail
from survey.privacy.ended_rounds import Settled, rounds_without_key, settle_ended_rounds
from survey.privacy.erasure import erase_what_the_trail_tells, reapply_erasures
from survey.storage import backup
from survey.storage.backup import BackupError
from survey.storage.database import Database
from survey.storage.ended_rounds import end_closed_rounds
from survey.storage.engines import missing_file
from survey.storage.key_store import KEY_TABLE, KeyStore, Notes
from survey.storage.migrate import knows_revision, migrate, pending_migration, revision_of

_MANIFEST, _CONTENT = "manifest.json", "database.backup"


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    kind: str
    revision: str
    made_on: dt.date
    sha256: str


@dataclass(frozen=True)
class Restored:
    """What restoring did: migrated or not, what was erased and ended again, and the audit trail.

    `rounds_without_key` counts open rounds that cannot be closed with these keys.
    """

    manifest: Manifest
    migrated: bool
    erased_again: int
    keys_destroyed: int
    ended_again: Settled
    rounds_without_key: int
    first_break: Break | None


@dataclass(frozen=True)
class RestoredKeys:
    """What restoring the keys did: how many were destroyed again, or noted as gone.

    `checked` is whether there was a main database to compare them with. `rounds_without_key`
    counts open rounds that cannot be closed with these keys.
    """

    notes_taken_over: int
    checked: bool = False
    keys_destroyed: int = 0
    rounds_ended: int = 0
    rounds_without_key: int = 0
    first_break: Break | None = None


def make_backup(
    database: Database, folder: Path, now: dt.datetime, client_folder: str = ""
) -> Manifest:
    """Back the main database up into a new folder, and record it. Raises BackupError."""
    manifest = copy_to_folder(database, folder, now, client_folder)
    with database.writing() as session:
        record(session, None, Action.BACKUP_MADE, None, now)
    return manifest


def copy_to_folder(
    database: Database, folder: Path, now: dt.datetime, client_folder: str = ""
) -> Manifest:
    """The same without a record: also for a schema that is older than this version.

    Raises BackupError.
    """
    revision = revision_of(database)
    if revision is None:
        raise BackupError(f"The database has no schema yet; run `{COMMAND} db migrate`.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty; name a new folder for each backup.")
    except OSError as error:
        raise BackupError(f"{folder} cannot be used: {error.strerror}.") from error
    content = folder / _CONTENT
    backup.copy_out(database.engine, content, client_folder)
    manifest = Manifest(
        kind=backup.kind_of(database.engine),
        revision=revision,
        made_on=now.date(),
        sha256=backup.fingerprint(content),
    )
    (folder / _MANIFEST).write_text(json.dumps(manifest.model_dump(mode="json"), indent=2) + "\n")
    return manifest


def restore_backup(
    database: Database,
    keys: KeyStore,
    folder: Path,
    anchor_file: Path,
    now: dt.datetime,
    client_folder: str = "",
) -> Restored:
    """Restore a backup into an empty database, and erase again what was erased since.

    Raises BackupError before anything is changed, or when the restored database is damaged.
    """
    manifest = _read_manifest(folder)
    kind = backup.kind_of(database.engine)
    if manifest.kind != kind:
        raise BackupError(
            f"This is a backup of {manifest.kind}, and DATABASE_URL names {kind}; set it to an "
            f"empty {manifest.kind} database."
        )
    if not knows_revision(manifest.revision):
        raise BackupError(
            f"The backup's schema is {manifest.revision}, which this version does not know: it was "
            "made by a newer one. Install that."
        )
    anchors = anchors_in(anchor_file)
    backup.copy_in(database.engine, folder / _CONTENT, client_folder)
    migrated = pending_migration(database) is not None
    if migrated:
        migrate(database)
    with database.reading() as session:
        # These may be older keys, which know nothing of closes that the backup tells of.
        end_closed_rounds(session)
    with database.writing() as session:
        end = current_anchor(session, now.date())
        reached = end.sequence if end else 0
        # The trail goes back to where the backup was made: anchors beyond are no longer true.
        still = [anchor for anchor in anchors if anchor.sequence <= reached]
        first_break = verify_trail(session, still, now.date()).first_break
        destroyed = 0
        if first_break is None:
            destroyed = erase_what_the_trail_tells(session, keys, now)
        erased = reapply_erasures(session, keys, now)
        ended_again = settle_ended_rounds(session, keys, now)
        without_key = rounds_without_key(session, keys)
        record(session, None, Action.BACKUP_RESTORED, None, now)
    keys.erase_due_traces()
    with database.reading() as session:
        newest = current_anchor(session, now.date())
    if end is not None:
        note_anchor(anchor_file, Anchor(end.sequence, end.entry_hash, now.date()), restored=True)
    if newest is not None:
        note_anchor(anchor_file, newest)
    return Restored(manifest, migrated, erased, destroyed, ended_again, without_key, first_break)


def make_key_backup(keys: KeyStore, file: Path, client_folder: str = "") -> None:
    """Back the key database up into a new file. Raises BackupError."""
    keys.prepare()
    backup.copy_out(keys.engine, file, client_folder)


def note_key_backup(database: Database, now: dt.datetime) -> None:
    """Record that the keys were backed up, for the doctor to see."""
    with database.writing() as session:
        record(session, None, Action.KEYS_BACKED_UP, None, now)


def restore_key_backup(
    database: Database,
    keys: KeyStore,
    file: Path,
    anchor_file: Path,
    now: dt.datetime,
    client_folder: str = "",
    *,
    newer: KeyStore | None = None,
) -> RestoredKeys:
    """Restore a backup of the keys into an empty database, and destroy again what it brings back.

    What was erased and closed since is told by the main database, and by `newer`, a later key
    database, if something of it can still be read.

    Raises BackupError or MasterKeyError before anything is kept.
    """
    kind = backup.kind_of_file(file)
    if kind != backup.kind_of(keys.engine):
        raise BackupError(
            f"{file} is a backup of {kind}, and KEY_DATABASE_URL names "
            f"{backup.kind_of(keys.engine)}; set it to an empty {kind} database."
        )
    backup.require_table(file, KEY_TABLE, client_folder)
    notes = _notes_of(newer) if newer is not None else None
    backup.copy_in(keys.engine, file, client_folder, setting="KEY_DATABASE_URL")
    keys.prepare()
    try:
        keys.check()
    except MasterKeyError as error:
        keys.clear()
        raise MasterKeyError(
            "MASTER_KEY is not the key that this backup was made with. Was it changed since? Then "
            "put the old one behind the new one, separated by a space, and run `keys rotate` "
            "afterwards. Nothing was restored."
        ) from error
    taken_over = keys.take_over(notes) if notes is not None else 0
    keys.erase_due_traces()
    if revision_of(database) is None or pending_migration(database) is not None:
        return RestoredKeys(taken_over)
    with database.reading() as session:
        ended = end_closed_rounds(session)
    with database.writing() as session:
        first_break = verify_trail(session, anchors_in(anchor_file), now.date()).first_break
        destroyed = 0
        if first_break is None:
            destroyed = erase_what_the_trail_tells(session, keys, now)
        without_key = rounds_without_key(session, keys)
    keys.erase_due_traces()
    return RestoredKeys(taken_over, True, destroyed, ended, without_key, first_break)


def _notes_of(newer: KeyStore) -> Notes:
    if (file := missing_file(newer.engine)) is not None:
        raise BackupError(f"{file} does not exist: there is nothing to note.")
    try:
        return newer.notes()
    except SQLAlchemyError as error:
        raise BackupError("The newer key database cannot be read.") from error


def _read_manifest(folder: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json((folder / _MANIFEST).read_text())
        actual = backup.fingerprint(folder / _CONTENT)
    except OSError as error:
        raise BackupError(
            f"{folder} is no backup: {error.filename} cannot be read ({error.strerror})."
        ) from error
    except ValidationError as error:
        raise BackupError(f"{folder / _MANIFEST} is not what a backup has.") from error
    if actual != manifest.sha256:
        raise BackupError(f"{folder / _CONTENT} is not the file that was written: it is damaged.")
    return manifest
