"""Files that cannot be taken over, refused with words that help."""

from __future__ import annotations

from survey.frameworks.problems import FrameworkError, Problem

MAX_BYTES = 2 * 1024 * 1024


def refused(
    file_name: str, what: str, hint: str, *, line: int = 1, column: int = 1
) -> FrameworkError:
    """The error that says what is wrong with the file, to be raised."""
    return FrameworkError([Problem(file_name, line, column, what, hint)])
