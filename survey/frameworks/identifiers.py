"""Ids that are made from texts: lower case, with hyphens."""

import re
import unicodedata

LONGEST_ID = 60
_WORDS_OF_ID = 6


def slug(text: str) -> str:
    """An id made of the first words of a text; empty where it has no Latin letter or digit."""
    plain = unicodedata.normalize("NFKD", text[:400].replace("ß", "ss"))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    return "-".join(words[:_WORDS_OF_ID])[: LONGEST_ID - 8].strip("-")


def unlike(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken already; it is taken from then on."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free
