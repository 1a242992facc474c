"""Whether there is room, and whether the instance folder can be used and by whom."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from survey.operations.doctor.finding import Finding, fine, problem, warning
from survey.places import COMMAND

_MEBIBYTE = 1024 * 1024
PLENTY, LEAST = 1024 * _MEBIBYTE, 100 * _MEBIBYTE


def check_disk(
    config: Mapping[str, Any], plenty: int = PLENTY, least: int = LEAST
) -> Iterator[Finding]:
    """Look at the instance folder: keys, SQLite files, the notes of the audit trail."""
    folder: Path = config["INSTANCE_FOLDER"]
    if not folder.is_dir():
        yield problem(f"{folder} does not exist.", f"Run `{COMMAND} setup`.")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        yield warning(f"Others can look into {folder} (mode {mode:04o}).", f"chmod 700 {folder}.")
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            yield fine(f"{folder} can be written to.")
    except OSError as error:
        yield problem(
            f"{folder} cannot be written to: {error.strerror}.",
            "Give it to the user that the service runs as.",
        )
    free = shutil.disk_usage(folder).free
    text = f"{free // _MEBIBYTE} MiB are free at {folder}"
    if free < least:
        yield problem(f"Only {text}.", "Make room at once: answers cannot be taken without.")
    elif free < plenty:
        yield warning(f"Only {text}.", "Make room.")
    else:
        yield fine(f"{text}.")
