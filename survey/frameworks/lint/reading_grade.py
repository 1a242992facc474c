"""The Flesch-Kincaid grade of English texts (Kincaid, Fishburne, Rogers and Chissom 1975).

The grade is the year of school in the United States that is needed to read a text. It is made for
running text: for one short statement it jumps about, so it is computed for all of them together.
"""

import re
from collections.abc import Sequence

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouy]+")


def words_of(text: str) -> list[str]:
    """The English words of a text; a hyphen divides words."""
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """How many syllables an English word has, at least one.

    Groups of the vowels a, e, i, o, u and y are counted. A silent e at the end, also in -es and
    -ed, is not, unless the ending is spoken ("table", "wanted", "changes"). Two vowels that are
    spoken apart ("idea") count as one, so that a few words come out one too low; a silent e inside
    a word ("statement") counts, so that others come out one too high.
    """
    letters = re.sub("[^a-z]", "", word.lower())
    count = len(_VOWELS.findall(letters))
    silent = (
        re.search(r"[^aeiouyl]e$|[aeiouy]le$|[aeiouy]lle$", letters)
        or re.search(r"(?:[^aeiouytdl]|[aeiouyl]l)ed$", letters)
        or re.search(r"(?<!s)(?<!x)(?<!z)(?<!ch)(?<!sh)(?<!c)(?<!g)(?<![aeiouyl])es$", letters)
        or re.search(r"[aeiouy]les$", letters)
    )
    return max(1, count - 1 if silent else count)


def flesch_kincaid_grade(texts: Sequence[str]) -> float | None:
    """The grade of texts of one sentence each; None without any word.

    0.39 words per sentence + 11.8 syllables per word - 15.59.
    """
    sentences = [words for text in texts if (words := words_of(text))]
    if not sentences:
        return None
    count = sum(len(sentence) for sentence in sentences)
    spoken = sum(syllables(word) for sentence in sentences for word in sentence)
    return 0.39 * count / len(sentences) + 11.8 * spoken / count - 15.59
