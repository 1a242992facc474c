"""Texts that were stored in English, said in the language of whoever reads them later."""

from __future__ import annotations

import re
from collections.abc import Sequence

from survey.languages.message import Message


class Recalled:
    """Finds out which of a few known texts a stored one was made from.

    Reasons why something failed are stored in English, since nobody knows then who will read them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """`texts` as they stand in the catalogues, with places such as `%(status)s`."""
        self._texts = [(text, _pattern(text)) for text in texts]

    def message(self, stored: str) -> str:
        """The stored text as a message; a text that is not known stays as it is."""
        for text, pattern in self._texts:
            if found := pattern.fullmatch(stored):
                return Message(text, **found.groupdict())
        return stored


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", text)
    return re.compile(
        "".join(
            f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
        ),
        re.DOTALL,
    )
