"""A ballot: what one submitted form says, or that a rater declined, and not who it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from survey.anonymity.delay import DelayStep

# One character each, so that a sealed ballot is as long whenever it was filled in.
_STEP_CODES = {DelayStep.WITHIN_TWO_DAYS: "a", DelayStep.WITHIN_A_WEEK: "b", DelayStep.LATER: "c"}
_STEPS = {code: step for step, code in _STEP_CODES.items()}
_NO_STEP = "-"


# Characters of one comment.
LONGEST_COMMENT = 2000
_LONGEST_GROUP_KEY = 32


@dataclass(frozen=True)
class Ballot:
    """The answers of one form.

    `ratings` maps an item id to a value of the rating scale, or to None for "not observed";
    an item that was skipped is absent. `comments` maps an open question's id to its text.
    `ratings_then` is for the retrospective form, which asks each item twice: how it is now, and,
    looking back from today, how it was before (the retrospective pre-test, Howard 1980). Both
    stand in one ballot, so a rater's change is known without anything that links two ballots.
    `answered` lives in the sealed ballot alone: it is tallied at close and then forgotten.
    """

    group_key: str
    ratings: Mapping[str, int | None]
    comments: Mapping[str, str]
    ratings_then: Mapping[str, int | None] = field(default_factory=dict)
    answered: DelayStep | None = None

    def to_bytes(self) -> bytes:
        """The ballot as compact UTF-8 JSON with sorted keys."""
        return json.dumps(
            {
                "group": self.group_key,
                "ratings": self.ratings,
                "then": self.ratings_then,
                "comments": self.comments,
                "answered": _STEP_CODES[self.answered] if self.answered else _NO_STEP,
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def longest(cls, items: Iterable[str], questions: Iterable[str]) -> Ballot:
        """The ballot that takes most bytes: all is answered, with comments as long as allowed."""
        ratings = dict.fromkeys(items)
        return cls(
            "g" * _LONGEST_GROUP_KEY,
            ratings,
            # No character takes more than four bytes, a quotation mark in JSON two.
            dict.fromkeys(questions, "\N{GRINNING FACE}" * LONGEST_COMMENT),
            ratings,
        )


@dataclass(frozen=True)
class Decline:
    """Somebody in a group does not want to answer.

    It goes into the ballot box like answers. Were it counted while the round is open, two copies
    of the database would tell who had declined: whose link is used up with no ballot more.
    """

    group_key: str

    def to_bytes(self) -> bytes:
        """The decline as compact UTF-8 JSON."""
        return json.dumps(
            {"group": self.group_key, "declined": True}, ensure_ascii=False, separators=(",", ":")
        ).encode()


def from_bytes(content: bytes) -> Ballot | Decline:
    """Read what one of the two `to_bytes` wrote, now or before a ballot noted when."""
    document = json.loads(content)
    if document.get("declined"):
        return Decline(document["group"])
    return Ballot(
        document["group"],
        document["ratings"],
        document["comments"],
        document["then"],
        _STEPS.get(document.get("answered", _NO_STEP)),
    )
