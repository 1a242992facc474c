"""Bringing the database to this version's schema, with a way back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from survey.privacy.audit_trail import Action, record
from survey.privacy.backups import Manifest, copy_to_folder
from survey.storage.database import Database
from survey.storage.migrate import migrate, pending_migration, revision_of


@dataclass(frozen=True)
class Upgraded:
    """What was done: the backup that was made before, if there was something to back up."""

    backup: Manifest | None


def upgrade(
    database: Database, folder: Path | None, now: dt.datetime, client_folder: str = ""
) -> Upgraded:
    """Migrate; before, back up into a new folder, if one is named and anything is to be changed.

    Raises BackupError before anything is changed.
    """
    made = None
    is_pending = pending_migration(database) is not None
    if folder is not None and is_pending and revision_of(database) is not None:
        made = copy_to_folder(database, folder, now, client_folder)
    migrate(database)
    if made is not None:
        # Now that the schema is one that this version can write to.
        with database.writing() as session:
            record(session, None, Action.BACKUP_MADE, None, now)
    return Upgraded(made)
