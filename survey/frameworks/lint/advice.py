"""What a rule found, and where."""

from dataclasses import dataclass

from survey.frameworks.lint.rules import Rule
from survey.frameworks.source_document import Path


@dataclass(frozen=True)
class Advice:
    """A rule's finding at a path of the framework; `what` is a sentence without its full stop."""

    rule: Rule
    path: Path
    what: str


@dataclass(frozen=True)
class PlacedAdvice:
    """The same with its place in the file; lines and columns count from 1."""

    rule: Rule
    path: Path
    what: str
    line: int
    column: int
