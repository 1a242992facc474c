"""What a check of the doctor finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what to do if it is not well."""

    level: Level
    text: str
    advice: str = ""


def fine(text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, text)


def warning(text: str, advice: str) -> Finding:
    """It works, but should be looked at."""
    return Finding(Level.WARNING, text, advice)


def problem(text: str, advice: str) -> Finding:
    """It does not work, or something is in danger."""
    return Finding(Level.PROBLEM, text, advice)


# A check looks at a configuration from `config.load_config()`.
Check = Callable[[Mapping[str, Any]], Iterator[Finding]]
