"""Which rater groups a report may show, given how many of each answered.

An anonymous group is shown from its threshold on (k responses, frozen at launch and told to the
raters). Groups below it are pooled as "other raters" when the pool reaches the largest threshold
that was promised to any of its members; otherwise they are hidden, and what they said enters no
published figure at all - no total, no overall mean - so that nothing can be subtracted to find it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_THRESHOLD = 3
# Below two, the "group" is one person, who would read their own words back with a name on them.
LEAST_THRESHOLD = 2

POOLED_KEY = "other_raters"
POOLED_LABEL = "Other raters"


@dataclass(frozen=True)
class GroupRule:
    """What was promised to a rater group at launch."""

    key: str
    label: str
    anonymous: bool
    threshold: int

    def __post_init__(self) -> None:
        if self.anonymous and self.threshold < LEAST_THRESHOLD:
            raise ValueError(
                f"group {self.key}: an anonymous group needs a threshold of at least "
                f"{LEAST_THRESHOLD}, not {self.threshold}"
            )


@dataclass(frozen=True)
class ShownGroup:
    """A group as the report shows it: one rater group, or several pooled."""

    key: str
    label: str
    anonymous: bool
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Disclosure:
    """The decision for one round: what is shown, and which groups are hidden (by key)."""

    shown: tuple[ShownGroup, ...]
    hidden: tuple[str, ...]


def decide_disclosure(rules: Sequence[GroupRule], responses: Mapping[str, int]) -> Disclosure:
    """Decide for one round, from the number of responses per group key.

    Groups with no response at all are neither shown nor pooled; they count as hidden.
    """
    shown: list[ShownGroup] = []
    small: list[GroupRule] = []
    hidden: list[str] = []
    for rule in rules:
        n = responses.get(rule.key, 0)
        needed = rule.threshold if rule.anonymous else 1
        if n >= needed:
            shown.append(ShownGroup(rule.key, rule.label, rule.anonymous, needed, (rule.key,)))
        elif n > 0:
            small.append(rule)
        else:
            hidden.append(rule.key)
    if small:
        needed = max(rule.threshold for rule in small)
        members = tuple(rule.key for rule in small)
        if sum(responses[key] for key in members) >= needed:
            shown.append(ShownGroup(POOLED_KEY, POOLED_LABEL, True, needed, members))
        else:
            hidden.extend(members)
    return Disclosure(tuple(shown), tuple(hidden))
