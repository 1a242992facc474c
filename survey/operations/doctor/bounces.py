"""Whether the mailbox for letters that come back can be read. Nothing in it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from survey.mail.bounce_mailbox import BounceMailboxError, check_mailbox
from survey.operations.doctor.finding import Finding, fine, problem


def check_bounces(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Sign in as the worker does, open the folder for reading only, and hang up."""
    host = config["BOUNCE_IMAP_HOST"]
    if not host:
        yield fine("No mailbox for letters that come back is read over IMAP.")
        return
    try:
        check_mailbox(config)
    except BounceMailboxError as error:
        yield problem(
            f"Letters that come back cannot be read: {error}.",
            "Look at the settings that begin with BOUNCE_IMAP_. Until then nobody is told that an "
            "address does not work.",
        )
    else:
        yield fine(f"The mailbox for letters that come back, at {host}, can be read.")
