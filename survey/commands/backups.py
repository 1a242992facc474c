"""Backing up and restoring."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from config import load_config
from survey.privacy.backups import make_backup, make_key_backup, restore_backup
from survey.service import Service


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
    make_key_backup(Service(config).keys, file, config["POSTGRES_CLIENT_FOLDER"])
    click.echo(f"Backed the keys up to {file}.")
    click.echo(
        "Warning: keep it apart from the other backups and from the master key, and for a few days "
        "only. As long as it exists, what is erased meanwhile can be brought back."
    )


@click.command("restore")
@click.argument("folder", type=click.Path(path_type=Path))
def restore_command(folder: Path) -> None:
    """Restore a backup from FOLDER into the empty database that DATABASE_URL names.

    What was erased since the backup is erased again. Stop web server and worker before.
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
    if restored.first_break is not None:
        click.echo(
            f"The audit trail is broken at entry {restored.first_break.sequence}: "
            f"{restored.first_break.problem}.",
            err=True,
        )
        sys.exit(1)
