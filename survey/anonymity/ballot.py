"""A ballot: what one submitted form says, and nothing about who submitted it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ballot:
    """The answers of one form.

    `ratings` maps an item id to a value of the rating scale, or to None for "not observed";
    an item that was skipped is absent. `comments` maps an open question's id to its text.
    `ratings_then` is for the retrospective form, which asks each item twice: how it is now, and,
    looking back from today, how it was before (the retrospective pre-test, Howard 1980). Both
    stand in one ballot, so a rater's change is known without anything that links two ballots.
    """

    group_key: str
    ratings: Mapping[str, int | None]
    comments: Mapping[str, str]
    ratings_then: Mapping[str, int | None] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The ballot as compact UTF-8 JSON with sorted keys."""
        return json.dumps(
            {
                "group": self.group_key,
                "ratings": self.ratings,
                "then": self.ratings_then,
                "comments": self.comments,
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Ballot:
        """Read what `to_bytes` wrote."""
        document = json.loads(content)
        return cls(document["group"], document["ratings"], document["comments"], document["then"])
