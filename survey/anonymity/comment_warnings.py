"""Words in a comment that may point at a person: shown to its author before it is sent.

A warning only, and a guess: it knows addresses, telephone numbers, names behind a title, and, in
English, capitalised names in the middle of a sentence. The page's own script does the same while
the rater types; this is for the look back before sending, which works without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\W\d_]{2,}")
_NUMBER = re.compile(r"\+?[\d(][\d\s()./-]{5,}\d")
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
_UPPER, _WORD = r"[A-ZÀ-ÖØ-ÞŠŽ]", r"[^\W\d_]"
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herrn?|Frau|Mme|Señora?)\.? "
    rf"({_UPPER}(?:{_WORD}|['’-])+)"
)
_FULL_NAME = re.compile(rf"(?<=[a-zà-öø-ÿ,;] )({_UPPER}{_WORD}+(?: {_UPPER}(?:{_WORD}|['’-])+)+)")
_AFTER_VERB = re.compile(
    rf"\b(?:with|to|from|by|told|asked|helped|and|like|when) ({_UPPER}{_WORD}{{2,}})"
)
_CALENDAR = {
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    *("Saturday", "Sunday", "English", "German", "French", "Spanish", "I"),
}


def pointer_in(text: str, known_names: Collection[str], *, english: bool = True) -> str | None:
    """The first words that may point at somebody, or None.

    `known_names` are words that may stand in a comment: the mentee's own names.
    """
    if found := _ADDRESS.search(text):
        return found[0]
    for found in _NUMBER.finditer(text):
        if _looks_like_telephone(found[0]):
            return found[0].strip()
    known = {name.lower() for name in known_names}
    if (found := _TITLED.search(text)) and _is_stranger(found[1], known):
        return found[0]
    if not english:
        return None
    for pattern in (_FULL_NAME, _AFTER_VERB):
        for found in pattern.finditer(text):
            if any(_is_stranger(word, known) for word in found[1].split()):
                return found[1]
    return None


def _looks_like_telephone(number: str) -> bool:
    digits = sum(character.isdigit() for character in number)
    if _DATE.fullmatch(number):
        return False
    return digits > 8 or (digits > 6 and number[0] in "+0(")


def _is_stranger(name: str, known: Collection[str]) -> bool:
    bare = re.sub(r"['’]s$", "", name)
    return bare not in _CALENDAR and bare.lower() not in known
