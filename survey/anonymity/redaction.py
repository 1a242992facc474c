"""Words taken out of comments, visibly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from survey.anonymity.released_aggregate import CommentGroup

LONGEST_REDACTION = 80
MARK = "[removed by the mentor]"

# question id, group key or None for all anonymous raters together, place of the comment
Place = tuple[str, str | None, int]


def can_redact(text: str, words: str) -> bool:
    """Whether these words may be taken out: few, whole, and a small part of what was said."""
    if not 0 < len(words) <= LONGEST_REDACTION:
        return False
    taken = len(_whole(words).findall(text)) * len(words)
    return 0 < 2 * taken < len(text)


def _whole(words: str) -> re.Pattern[str]:
    """The words, but not as a part of longer ones."""
    return re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")


def redacted(
    comments: Sequence[CommentGroup], redactions: Mapping[Place, Sequence[str]]
) -> tuple[CommentGroup, ...]:
    """The comments with the words at each place replaced by the mark."""
    shown = []
    for group in comments:
        texts = list(group.texts)
        for position in range(len(texts)):
            # The longest first: a part of another redaction must not break it up.
            found = redactions.get((group.question, group.group, position), ())
            for words in sorted(found, key=len, reverse=True):
                texts[position] = _whole(words).sub(MARK, texts[position])
        shown.append(group.model_copy(update={"texts": tuple(texts)}))
    return tuple(shown)
