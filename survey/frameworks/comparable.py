"""Which competencies of two questionnaires may be compared, and what was decided about them.

A competency is compared as a whole or not at all: a score is the mean of its statements, and a
score over some of them would be another figure of the earlier round beside the published one, from
which single ratings could be worked out.

1. Another rating scale: nothing can be compared.
2. The same statements in the same words: compared.
3. The same statements, some in other words: a person has to judge whether they still mean the same,
   since a handful of ratings cannot tell a changed measure from a changed mentee (Vandenberg and
   Lance 2000; AERA, APA and NCME, Standards for Educational and Psychological Testing, 2014).
   Unless they say so, it is not compared.
4. A statement more or less, or from another competency: not compared.

All statements of a competency are asked of every rater group; a group that reads other words than
before counts as reworded.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from survey.frameworks.comparison import (
    Change,
    Difference,
    Part,
    comparability,
    differences,
)
from survey.frameworks.questionnaire import AskedCompetency, AskedIndicator, Questionnaire
from survey.languages.message import Message


class Standing(StrEnum):
    """How a competency of the newer questionnaire stands to the one of the same id before."""

    SAME = "same"
    REWORDED = "reworded"
    RECOMPOSED = "recomposed"  # a statement more or less, or from another competency
    NEW = "new"


@dataclass(frozen=True)
class CompetencyVersions:
    """A competency of the newer questionnaire beside the earlier one.

    `reworded` has its statements in other words, with the words; `added` and `removed` are the
    statements that it gained and lost, from or to another competency too.
    """

    competency: AskedCompetency
    standing: Standing
    reworded: tuple[Difference, ...] = ()
    added: tuple[AskedIndicator, ...] = ()
    removed: tuple[AskedIndicator, ...] = ()


@dataclass(frozen=True)
class Versions:
    """Two questionnaires, competency by competency, in the order of the newer one."""

    scale_is_the_same: bool
    competencies: tuple[CompetencyVersions, ...]
    gone: tuple[AskedCompetency, ...]

    @property
    def may_be_compared(self) -> bool:
        """Whether there is a competency that is compared or may be judged to mean the same."""
        return self.scale_is_the_same and any(
            one.standing in (Standing.SAME, Standing.REWORDED) for one in self.competencies
        )


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedCompetency(_Part):
    """What was decided about one competency of the newer questionnaire."""

    id: str
    standing: Standing
    compared: bool


class ComparisonPlan(_Part):
    """What is compared although another version is asked; frozen with the round at its launch.

    `asked` is the fingerprint of the newer questionnaire under the earlier one's number, for the
    earlier one's rater groups: a decision about another text does not count.
    """

    plan_format: Literal[1] = 1
    asked: str
    competencies: tuple[PlannedCompetency, ...]

    @property
    def left_out(self) -> frozenset[str]:
        """The competencies that are asked and not compared."""
        return frozenset(one.id for one in self.competencies if not one.compared)

    @property
    def judged_the_same(self) -> frozenset[str]:
        """The competencies that are compared although their statements are worded otherwise."""
        return frozenset(
            one.id
            for one in self.competencies
            if one.compared and one.standing is Standing.REWORDED
        )


# The field of reasons that are about a judgement and not about the new version as a whole.
JUDGEMENT = "Same meaning"


class ComparisonRefusedError(ValueError):
    """Two versions cannot be compared as it was asked; `reasons` lists all of what is wrong."""

    def __init__(self, reasons: list[Message]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def versions(before: Questionnaire, after: Questionnaire) -> Versions:
    """Lay two questionnaires side by side, competency by competency."""
    compared = comparability(before, after)
    earlier = {one.id: one for one in before.competencies}
    reworded = {
        one.id: one
        for one in differences(before, after)
        if one.part is Part.STATEMENT and one.change is Change.REWORDED
    }
    return Versions(
        scale_is_the_same=compared.scale_is_the_same,
        competencies=tuple(
            _beside(earlier.get(one.id), one, reworded) for one in after.competencies
        ),
        gone=tuple(
            one
            for one in before.competencies
            if one.id not in {newer.id for newer in after.competencies}
        ),
    )


def _beside(
    earlier: AskedCompetency | None, newer: AskedCompetency, reworded: dict[str, Difference]
) -> CompetencyVersions:
    if earlier is None:
        return CompetencyVersions(newer, Standing.NEW, added=newer.indicators)
    old, new = earlier.indicator_ids, newer.indicator_ids
    words = tuple(reworded[one] for one in new if one in reworded and one in old)
    added = tuple(one for one in newer.indicators if one.id not in old)
    removed = tuple(one for one in earlier.indicators if one.id not in new)
    if added or removed:
        standing = Standing.RECOMPOSED
    else:
        standing = Standing.REWORDED if words else Standing.SAME
    return CompetencyVersions(newer, standing, words, added, removed)


def plan_comparison(
    before: Questionnaire, after: Questionnaire, same_meaning: Collection[str]
) -> ComparisonPlan:
    """Decide what is compared; `same_meaning` has the reworded competencies that mean the same.

    Both have to be built for the same rater groups. Raises ComparisonRefusedError with everything
    that is wrong: another scale, a judgement about what is not reworded, or nothing to compare.
    """
    found = versions(before, after)
    if not found.scale_is_the_same:
        raise ComparisonRefusedError(
            [Message("The rating scale is another one, so nothing could be compared.")]
        )
    standings = {one.competency.id: one.standing for one in found.competencies}
    reasons = [
        _why_not(name, standings.get(name))
        for name in sorted(set(same_meaning))
        if standings.get(name) is not Standing.REWORDED
    ]
    planned = tuple(
        PlannedCompetency(
            id=name,
            standing=standing,
            compared=standing is Standing.SAME
            or (standing is Standing.REWORDED and name in same_meaning),
        )
        for name, standing in standings.items()
    )
    if not reasons and not any(one.compared for one in planned):
        reasons = [Message("No competency would be compared.")]
    if reasons:
        raise ComparisonRefusedError(reasons)
    # What is asked, whatever the number of its version.
    texts = after.model_copy(update={"framework_version": before.framework_version})
    return ComparisonPlan(asked=texts.fingerprint(), competencies=planned)


def _why_not(name: str, standing: Standing | None) -> Message:
    if standing is None:
        return Message(
            "“%(competency)s” cannot be said to mean the same: the newer version has no such "
            "competency.",
            competency=name,
            at=JUDGEMENT,
        )
    if standing is Standing.SAME:
        return Message(
            "“%(competency)s” cannot be said to mean the same: none of its statements is reworded, "
            "so it is compared anyway.",
            competency=name,
            at=JUDGEMENT,
        )
    if standing is Standing.RECOMPOSED:
        return Message(
            "“%(competency)s” cannot be said to mean the same: it has other statements than "
            "before.",
            competency=name,
            at=JUDGEMENT,
        )
    return Message(
        "“%(competency)s” cannot be said to mean the same: it was not asked before.",
        competency=name,
        at=JUDGEMENT,
    )


def asks_otherwise(before: Questionnaire, after: Questionnaire) -> bool:
    """Whether raters would read anything else; the number of the version alone is nothing."""
    same_number = {"framework_version": before.framework_version, "group_keys": before.group_keys}
    return after.model_copy(update=same_number) != before


def same_measure(before: Questionnaire, after: Questionnaire) -> frozenset[str]:
    """The competencies that both ask on one scale, with the same statements in the same words."""
    found = versions(before, after)
    if not found.scale_is_the_same:
        return frozenset()
    return frozenset(
        one.competency.id for one in found.competencies if one.standing is Standing.SAME
    )
