"""The folder through which the web processes of one server share their figures."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# The library's name. It looks once, when it is imported: so nothing here imports it.
_SETTING = "PROMETHEUS_MULTIPROC_DIR"


def prepare_shared_folder() -> None:
    """Make the folder, in the server's main process, before the library is imported.

    A folder that was handed down from an earlier server is not ours.
    """
    ending = f"-{os.getpid()}"
    if not os.environ.get(_SETTING, "").endswith(ending):
        base = Path(tempfile.mkdtemp(prefix="survey-figures-"))
        folder = base.with_name(base.name + ending)
        base.rename(folder)
        os.environ[_SETTING] = str(folder)


def remove_shared_folder() -> None:
    """Remove it when the server ends."""
    if folder := os.environ.get(_SETTING, ""):
        shutil.rmtree(folder, ignore_errors=True)
