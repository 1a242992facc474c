"""Where the files lie that come with the service, and how it is called from a terminal.

In a checkout templates, frameworks and the like lie at its top, beside the package. An installed
package carries them in a folder of its own, because names such as `templates` or `wsgi.py` have no
place among other packages.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundled"

INSTALLED = _BUNDLE.is_dir()
"""Whether this is an installed package, and no checkout."""

TOP = _BUNDLE if INSTALLED else _PACKAGE.parent
"""The folder that holds the files."""

COMMAND = "mentoring-feedback" if INSTALLED else "python -m survey"
"""How the service is called from a terminal, for texts that say what to do."""


def default_instance_folder() -> Path:
    """Where keys, database and mailbox are, unless INSTANCE_FOLDER says otherwise.

    Never among the installed packages: an upgrade would delete them. Nor in the current folder: the
    service would look empty when it is started in another. Raises RuntimeError where the user has
    no home folder.
    """
    if not INSTALLED:
        return TOP / "instance"
    return Path.home() / ".local" / "share" / "mentoring-feedback"
