"""A fault in a part of a framework, named by its path; the loader adds the position in the file."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from survey.frameworks.source_document import Path
from survey.languages.message import Message


@dataclass(frozen=True)
class Finding:
    """What is wrong at a path; ``at_key`` when the key is meant and not its value."""

    path: Path
    what: str
    hint: str
    at_key: bool = False


def did_you_mean(written: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that was probably meant, if one is near enough."""
    # Comparing is quadratic in length, and nothing that long is a slip of the finger.
    close = difflib.get_close_matches(written[:80].lower(), list(known), n=1, cutoff=cutoff)
    return close[0] if close else None


def meant_word(word: str) -> Message:
    """The hint that another word was meant."""
    return Message("did you mean '%(word)s'?", word=word)
