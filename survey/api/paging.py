"""Long lists, a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from flask import request
from pydantic import Field

from survey.api.problems import ErrorAt, ProblemError
from survey.api.shapes import WITHOUT_NUL, Asked, Shown

T = TypeVar("T")
MOST = 100


class PageAsked(Asked):
    """Which part of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=MOST, description="How many at most.")
    after: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        pattern=WITHOUT_NUL,
        description="The id of the last one that you have, from `next` of the part before.",
    )


@dataclass(frozen=True)
class Part:
    """A part of a list, and the id to go on after; None where it is the last."""

    items: Sequence[Shown]
    next: str | None

    @property
    def link(self) -> str | None:
        """The Link header (RFC 8288) that leads to the next part."""
        if self.next is None:
            return None
        asked = {**request.args.to_dict(), "after": self.next}
        return f'<{request.path}?{urlencode(asked)}>; rel="next"'


def part_of(
    found: Sequence[T], asked: PageAsked, id_of: Callable[[T], str], show: Callable[[T], Shown]
) -> Part:
    """The wanted part of a list in its order.

    Raises ProblemError when the one to go on after is not in it (any more).
    """
    ids = [id_of(one) for one in found]
    start = 0
    if asked.after is not None:
        if asked.after not in ids:
            said = "There is no such thing in this list (any more). Begin it anew."
            at = ErrorAt(detail=said, parameter="after")
            raise ProblemError(422, "invalid-request", "The list cannot go on there.", [at])
        start = ids.index(asked.after) + 1
    end = start + asked.limit
    last = ids[end - 1] if end < len(ids) else None
    return Part([show(one) for one in found[start:end]], last)
