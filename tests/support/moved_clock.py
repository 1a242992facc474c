"""Runs a module as `python -m` does, with the service's clock moved by as many days as a file says.

For tests in which months pass: web server, worker and command line are processes of their own, and
all of them look at the file anew whenever they ask what time it is.

    python -m tests.support.moved_clock FILE MODULE [ARGUMENT…]
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys
from pathlib import Path

from survey.service import Service


def moved(file: Path) -> dt.datetime:
    """The present, moved."""
    days = int(file.read_text()) if file.exists() else 0
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def _main() -> None:
    _, name, module, *arguments = sys.argv
    file = Path(name)
    Service.now = lambda _self: moved(file)  # type: ignore[method-assign]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
