"""Backing up and restoring."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from survey.confidentiality.master_key import MasterKeyError
from survey.privacy.audit_verification import Break
from survey.privacy.backups import (
    make_backup,
    make_key_backup,
    note_key_backup,
    restore_backup,
    restore_key_backup,
)
from survey.service import Service
from survey.settings import load_config
from survey.storage.engines import missing_file
from survey.storage.key_store import KeyStore


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
def backup_command(folder: Path) -> None:
    """Back the main database up into a new FOLDER, while the service runs.

    The keys are no part of it: what is sealed in a backup can be read only as long as the key
    database holds the key. Names and addresses lie in it in clear, so keep it safe.
    """
    config = load_config()
    service = Service(config)
    manifest = make_backup(
        service.database, folder, service.now(), config["POSTGRES_CLIENT_FOLDER"]
    )
    click.echo(f"Backed up to {folder} ({manifest.kind}, schema {manifest.revision}).")
    click.echo("The keys are not in it: see `backup-keys`.")


@click.command("backup-keys")
@click.argument("file", type=click.Path(path_type=Path))
def backup_keys_command(file: Path) -> None:
    """Back the key database up into a new FILE."""
    config = load_config()
    service = Service(config)
    make_key_backup(service.keys, file, config["POSTGRES_CLIENT_FOLDER"])
    click.echo(f"Backed the keys up to {file}.")
    if not _noted(service):
        click.echo("The main database cannot note it, so the doctor will not know of it.", err=True)
    click.echo(
        "Warning: keep it apart from the other backups and from the master key, and for a few days "
        "only. As long as it exists, what is erased meanwhile can be brought back."
    )


def _noted(service: Service) -> bool:
    """Note the backup of the keys. It is made even where the main database cannot be reached."""
    if missing_file(service.database.engine) is not None:
        return False
    try:
        note_key_backup(service.database, service.now())
    except (SQLAlchemyError, MasterKeyError):
        return False
    return True


@click.command("restore")
@click.argument("folder", type=click.Path(path_type=Path))
def restore_command(folder: Path) -> None:
    """Restore a backup from FOLDER into the empty database that DATABASE_URL names.

    What was erased since the backup is erased again, and rounds that were closed since are closed
    again, without a result. Stop web server and worker before.
    """
    config = load_config()
    service = Service(config)
    restored = restore_backup(
        service.database,
        service.keys,
        folder,
        service.anchor_file,
        service.now(),
        config["POSTGRES_CLIENT_FOLDER"],
    )
    click.echo(f"Restored the backup of {restored.manifest.made_on}.")
    if restored.migrated:
        click.echo("Its schema was older and is up to date now.")
    click.echo(f"Erased again what was erased since: {restored.erased_again}.")
    if restored.keys_destroyed:
        click.echo(f"Destroyed keys that had come back: {restored.keys_destroyed}.")
    click.echo(
        "Closed again, without a result, since they were closed after the backup: "
        f"{restored.ended_again.closed}."
    )
    if restored.ended_again.closed:
        click.echo("Their answers were taken out, and the pages of these rounds say so.")
    if restored.ended_again.deleted:
        click.echo(
            "Drafts deleted, since their rounds were launched and closed after the backup: "
            f"{restored.ended_again.deleted}."
        )
    _tell_of_lost_keys(restored.rounds_without_key)
    _stop_at_a_break(restored.first_break)


@click.command("restore-keys")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--newer",
    metavar="ADDRESS",
    help="A later key database that can still be read, such as sqlite:////damaged/keys.db: what it "
    "notes as erased and closed is noted too.",
)
def restore_keys_command(file: Path, newer: str | None) -> None:
    """Restore a backup of the keys from FILE into the empty database of KEY_DATABASE_URL.

    Keys of what was erased or closed since the backup are destroyed again, as far as the main
    database tells. Stop web server and worker before.
    """
    config = load_config()
    service = Service(config)
    restored = restore_key_backup(
        service.database,
        service.keys,
        file,
        service.anchor_file,
        service.now(),
        config["POSTGRES_CLIENT_FOLDER"],
        newer=KeyStore(newer, service.master_key) if newer else None,
    )
    click.echo(f"Restored the keys of {file}.")
    if newer:
        click.echo(f"Taken over from the newer key database: {restored.notes_taken_over} notes.")
    if not restored.checked:
        click.echo(
            "The main database is empty or of an older version: what was erased or closed since is "
            "not known yet. Go on with `restore`, or with `db migrate` and the worker."
        )
        return
    click.echo(f"Destroyed keys of what was erased since: {restored.keys_destroyed}.")
    click.echo(f"Destroyed keys of rounds that are closed: {restored.rounds_ended}.")
    _tell_of_lost_keys(restored.rounds_without_key)
    _stop_at_a_break(restored.first_break)


def _tell_of_lost_keys(rounds: int) -> None:
    if rounds:
        click.echo(
            f"Warning: open rounds that cannot be closed with these keys: {rounds}. Restore a "
            "newer backup of the keys, if there is one.",
            err=True,
        )


def _stop_at_a_break(first_break: Break | None) -> None:
    if first_break is not None:
        click.echo(
            f"The audit trail is broken at entry {first_break.sequence}: {first_break.problem}.",
            err=True,
        )
        sys.exit(1)
