"""Whether the two secrets are there, different, whole, and for the service's eyes alone."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.places import COMMAND
from survey.settings import user_name

_FILES = ("secret.key", "master.key")
_SHORTEST_SECRET = 16


def check_keys(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at SECRET_KEY and MASTER_KEY, wherever they come from."""
    secret, master_keys = str(config["SECRET_KEY"]), str(config["MASTER_KEY"]).split()
    try:
        MasterKey(config["MASTER_KEY"])
    except MasterKeyError as error:
        yield problem(
            f"{error}.", "Put the right key back; without it open rounds cannot be counted."
        )
    else:
        yield fine("The master key is whole.")
    if secret in master_keys:
        yield problem(
            "SECRET_KEY and MASTER_KEY are the same: who can sign links can open answers.",
            "Make a new SECRET_KEY (links that were sent stop working), and keep MASTER_KEY.",
        )
    if len(secret) < _SHORTEST_SECRET:
        yield problem(
            "SECRET_KEY is so short that it can be guessed.",
            "Make a new one: python -c 'import secrets; print(secrets.token_urlsafe(48))'. "
            "Links that were sent stop working.",
        )
    if len(master_keys) > 1:
        yield warning(
            "There are several master keys: a change of keys has not been brought to its end.",
            f"Run `{COMMAND} keys rotate`, then take the old key out.",
        )
    for name in _FILES:
        file = config["INSTANCE_FOLDER"] / name
        if file.exists():
            yield from _check_file(file)


def _check_file(file: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(file.stat().st_mode)
    owner, folder = file.stat().st_uid, file.parent.stat().st_uid
    # Root may have put the whole folder there; then it tells nothing of who the service is.
    if owner != folder and folder != 0:
        service = user_name(folder)
        yield problem(
            f"{file} belongs to the user {user_name(owner)}, and its folder to {service}: the "
            "service cannot read it.",
            f"chown {service} {file}.",
        )
    if mode & 0o077:
        yield problem(
            f"{file} can be read by others (mode {mode:04o}).",
            f"chmod 600 {file}; and if strangers use this machine, change the key.",
        )
    else:
        yield fine(f"{file} is readable by its owner alone.")
