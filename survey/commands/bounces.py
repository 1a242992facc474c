"""Letters that came back, from a terminal or handed over by a mail server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import click

from survey.mail.bounce_mailbox import BounceMailbox, read_maildir
from survey.mail.bounces import note_bounce, our_recipients
from survey.mail.delivery_report import LONGEST_READ
from survey.mail.pace import Pace
from survey.service import Service
from survey.settings import ConfigError, load_config


@click.command("bounces")
@click.option(
    "--file",
    "file",
    type=click.File("rb"),
    help="Read one message from a file, or from what a mail server pipes in (-).",
)
@click.option(
    "--maildir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Read a Maildir; messages to BOUNCE_ADDRESS are deleted.",
)
@click.option("--imap", is_flag=True, help="Read the mailbox of BOUNCE_IMAP_HOST now.")
@click.option("--listen", metavar="HOST:PORT", help="Take bounces from a mail server by LMTP.")
@click.option("--smtp", is_flag=True, help="Take them by SMTP instead of LMTP.")
def bounces_command(
    file: BinaryIO | None,
    maildir: Path | None,
    imap: bool,
    listen: str | None,
    smtp: bool,
) -> None:
    """Note invitations that came back as undeliverable (docs/mail.md)."""
    if sum((file is not None, maildir is not None, imap, listen is not None)) != 1:
        raise click.UsageError("Say one of --file, --maildir, --imap and --listen.")
    config = load_config()
    if not config["BOUNCE_ADDRESS"]:
        raise ConfigError("BOUNCE_ADDRESS is not set: no letter has a return path to come back by.")
    service = Service(config)
    if listen is not None:
        _listen(service, listen, smtp=smtp)
        return
    if maildir is not None:
        failed = read_maildir(service, maildir)
    elif imap:
        if not config["BOUNCE_IMAP_HOST"]:
            raise ConfigError("BOUNCE_IMAP_HOST is not set.")
        failed = BounceMailbox(service, Pace(config["SECRET_KEY"]), config).read()
    elif file is not None:
        content = file.read(LONGEST_READ)
        with service.database.writing() as session:
            recipients = our_recipients(service.return_path, content)
            failed = int(note_bounce(session, service.return_path, recipients, content))
    click.echo(f"{failed} invitation{'' if failed == 1 else 's'} could not be delivered.")


def _listen(service: Service, address: str, *, smtp: bool) -> None:
    # Only who uses it needs the library.
    from survey.mail.bounce_listener import listen

    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--listen: {address!r} is not HOST:PORT, such as 127.0.0.1:8024.")
    protocol = "SMTP" if smtp else "LMTP"
    ready = f"Taking bounces at {address} by {protocol}."
    try:
        asyncio.run(listen(service, host, int(port), smtp=smtp, ready=lambda: click.echo(ready)))
    except OSError as error:
        raise click.ClickException(f"--listen: {address}: {error.strerror}") from error
