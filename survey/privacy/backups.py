"""Backups that leave erased people erased.

A backup of the main database holds sealed texts, and names and addresses in clear. The keys lie in
another database and are no part of it. When a backup is restored, everything that was erased since
is erased again, by the notes in the key database.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from survey.privacy.audit_anchors import Anchor, anchors_in, note_anchor
from survey.privacy.audit_trail import Action, record
from survey.privacy.audit_verification import Break, current_anchor, verify_trail
from survey.privacy.erasure import erase_what_the_trail_tells, reapply_erasures
from survey.storage import backup
from survey.storage.backup import BackupError
from survey.storage.database import Database
from survey.storage.key_store import KeyStore
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
    """What restoring did: migrated or not, how much was erased again, and the audit trail."""

    manifest: Manifest
    migrated: bool
    erased_again: int
    keys_destroyed: int
    first_break: Break | None


def make_backup(
    database: Database, folder: Path, now: dt.datetime, client_folder: str = ""
) -> Manifest:
    """Back the main database up into a new folder. Raises BackupError."""
    revision = revision_of(database)
    if revision is None:
        raise BackupError("The database has no schema yet; run `python -m survey db migrate`.")
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
    with database.writing() as session:
        record(session, None, Action.BACKUP_MADE, None, now)
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
        record(session, None, Action.BACKUP_RESTORED, None, now)
    with database.reading() as session:
        newest = current_anchor(session, now.date())
    if end is not None:
        note_anchor(anchor_file, Anchor(end.sequence, end.entry_hash, now.date()), restored=True)
    if newest is not None:
        note_anchor(anchor_file, newest)
    return Restored(manifest, migrated, erased, destroyed, first_break)


def make_key_backup(keys: KeyStore, file: Path, client_folder: str = "") -> None:
    """Back the key database up into a new file. Raises BackupError."""
    keys.prepare()
    backup.copy_out(keys.engine, file, client_folder)


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
