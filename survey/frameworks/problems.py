"""What is wrong in a framework file, where, and what would be right."""

from collections.abc import Iterable
from dataclasses import dataclass, field

QUOTED_LENGTH = 60


@dataclass(frozen=True)
class Problem:
    """One thing to put right; line and column count from 1.

    `path` leads to the part that it is about; None where nothing could be read that far.
    """

    file: str
    line: int
    column: int
    what: str
    hint: str
    path: tuple[str | int, ...] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: {self.what}"
        return f"{place}; {self.hint}" if self.hint else place


class FrameworkError(Exception):
    """A framework file (or folder) cannot be used; ``problems`` says everything that is wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(
            problems, key=lambda problem: (problem.file, problem.line, problem.column)
        )
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def quoted(value: object) -> str:
    """Show a value from a file inside a message: short, on one line, in quotes when it is text."""
    shown = repr(value) if isinstance(value, str) else str(value)
    if len(shown) <= QUOTED_LENGTH:
        return shown
    ending = shown[-1] if isinstance(value, str) else ""
    return f"{shown[:QUOTED_LENGTH]}…{ending}"
