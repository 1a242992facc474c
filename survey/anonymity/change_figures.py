"""The statistics of change as they stand in the released aggregate."""

from __future__ import annotations

from survey.anonymity.document import Document
from survey.anonymity.suppression import Bound
from survey.change.verdict import Verdict


class TestedChange(Document):
    """A change for all raters together, in scale points, and how sure it is.

    `groups` are those that count: shown in both, with the same members. `low` to `high` is the
    interval at the verdict rule's confidence, None with too few raters for one. `p` is two-sided;
    `p_error` is its standard error where the arrangements were drawn at random (`exact` is false).
    `bound` is not "exact" where a group's mean is only published as a bound: the bound was tested.
    """

    groups: tuple[str, ...]
    difference: float
    bound: Bound
    low: float | None
    high: float | None
    p: float
    p_error: float
    exact: bool


class CompetencyChangeFigures(Document):
    """One competency: verdict, test, adjusted p-values, effect sizes.

    `tested` is None when no group can be compared. `holm_p` and `bh_p` are None with too few raters
    for a test. `g`, `superiority` and `shift` are those of `survey.change.group_effects`.
    `clear_attainable` tells whether so few raters could ever give a clear verdict.
    `response_shift`: how raters look back on the time before, minus how it was rated at the time.
    """

    id: str
    verdict: Verdict
    clear_attainable: bool
    tested: TestedChange | None
    holm_p: float | None
    bh_p: float | None
    g: float | None
    superiority: float | None
    shift: float | None
    response_shift: TestedChange | None


class ChangeFigures(Document):
    """All competencies that are compared, and those linked to the goal against the others.

    `goal_competencies` are the ids that were linked when the round closed, of competencies that are
    not compared too; these enter neither `linked` nor `others`. `contrast` is the change
    of the linked ones minus that of the others; `goal_verdict` words it.
    """

    confidence: float
    competencies: tuple[CompetencyChangeFigures, ...]
    goal_competencies: tuple[str, ...]
    linked: TestedChange | None
    others: TestedChange | None
    contrast: TestedChange | None
    goal_verdict: Verdict
