"""Reports: the figures and comments that the page and the files show, from the same cells."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action
from survey.anonymity.suppression import Bound
from survey.api.operations import operation
from survey.api.shapes import Shown
from survey.change.verdict import Verdict
from survey.frameworks.comparable import Standing
from survey.privacy.audit_trail import Action as Deed
from survey.report.cells import change_rows, comment_rows, report_cells
from survey.report.feedback_report import FeedbackReport
from survey.report.of_round import report_of_round
from survey.report.story import tell
from survey.report.wording import wording_in
from survey.storage.models import Round, RoundKind
from survey.web.access import reported_round_for
from survey.web.current import current_person
from survey.web.rate_limits import limit_files


class ScalePoint(Shown):
    """A point of the rating scale."""

    value: int
    label: str


class ReportGroup(Shown):
    """A group as shown, and how many of it answered, before and now."""

    key: str
    label: str
    anonymous: bool
    members: list[str] = Field(description="What was put together, where a group was too small.")
    n_before: int | None
    n_after: int | None


class ReportFigures(Shown):
    """One group's figures for one competency or statement in one round."""

    round_kind: RoundKind
    round_closed_on: dt.date
    looking_back: bool = Field(description="How the raters of this round see the time before.")
    level: Literal["competency", "statement"]
    competency_id: str
    competency: str
    statement_id: str = Field(
        description="The indicator's id in the framework; empty for a competency."
    )
    statement: str = Field(description="Its text; empty for a competency.")
    group: str = Field(
        description="The `label` of one of `groups`; `All raters` for the mean of the groups "
        "without self; for a statement `Anonymous raters together` in place of the "
        "anonymous groups."
    )
    anonymous: bool
    n: int | None = Field(description="Null in the row of all raters.")
    mean: float | None
    bound: Bound = Field(description="Whether the mean is exact, or at least or at most that.")
    sd: float | None = Field(description="How far the group's raters lie apart; null where hidden.")
    counts: list[int] | None = Field(
        description="How many rated each point of the scale; null where hidden."
    )


class ReportChange(Shown):
    """A change, in points of the scale, and how sure it is: `docs/statistics.md`."""

    basis: Literal["between rounds", "looking back", "shift of yardstick"] = Field(
        description="What is compared: two rounds; looking back within one; or looking back with "
        "how it was rated then."
    )
    level: Literal["competency", "goal"]
    competency_id: str = Field(description="Empty for the goal.")
    competency: str = Field(description="Its title; for the goal, which competencies together.")
    goal_linked: bool | None
    groups: list[str] = Field(
        description="Labels of the groups that count: those shown on both sides, without self."
    )
    difference: float = Field(description="After minus before, in points of the scale.")
    bound: Bound = Field(description="Whether the difference is exact.")
    low: float | None = Field(
        description="Where the interval of the difference begins; null with too few raters for one."
    )
    high: float | None = Field(description="Where it ends.")
    p: float | None = Field(description="Of the permutation test, two-sided.")
    p_error: float | None = Field(
        description="The standard error of `p` where rearrangements were drawn at random."
    )
    p_exact: bool | None = Field(description="Whether all rearrangements were gone through.")
    holm_p: float | None = Field(
        description="Holm's p over all compared competencies: it decides about `clear`."
    )
    bh_p: float | None = Field(description="Benjamini and Hochberg's p over the same.")
    g: float | None = Field(description="Hedges' g.")
    superiority: float | None = Field(
        description="Vargha and Delaney's A: the chance, 0 to 1, that a rating after is higher "
        "than one before."
    )
    shift: float | None = Field(
        description="Hodges and Lehmann's typical shift, in points of the scale."
    )
    verdict: str = Field(
        description=f"{', '.join(f'`{one}`' for one in Verdict)}; empty where there is none."
    )


class ReportNotCompared(Shown):
    """A competency of which the compared round asked something else, or nothing."""

    competency_id: str
    competency: str
    why: Literal["reworded", "recomposed", "new"] = Field(
        description="Its statements are worded otherwise and nobody judged them to mean the same; "
        "statements were added or are no longer asked; or it was not asked then."
    )


class ReportComment(Shown):
    """A comment, word for word, without its author."""

    question: str
    group: str
    text: str


class Report(Shown):
    """The report of a round."""

    round_id: uuid.UUID
    kind: RoundKind
    closed_on: dt.date
    compared_kind: RoundKind | None
    compared_closed_on: dt.date | None
    framework: str
    headline: str
    story: list[str]
    scale: list[ScalePoint]
    groups: list[ReportGroup]
    hidden_groups: list[str]
    hidden_groups_before: list[str]
    figures: list[ReportFigures]
    changes: list[ReportChange]
    not_compared: list[ReportNotCompared] = Field(
        description="What is asked here and compared with nothing, in no figure of change."
    )
    judged_the_same: list[str] = Field(
        description="Ids of competencies that are worded otherwise than in the compared round, and "
        "compared as the mentor judged them to mean the same."
    )
    no_longer_asked: list[str] = Field(
        description="Titles of competencies that only the compared round asked."
    )
    comments: list[ReportComment]


@operation(
    "GET",
    "/rounds/<uuid:round_id>/report",
    tag="Reports",
    scope=Scope.REPORTS_READ,
    shows=Report,
    limits=(limit_files,),
    noted=Deed.REPORT_EXPORTED,
    refusals=(410,),
)
def read_report(session: Session, round_id: uuid.UUID) -> Report:
    """Read a round's report: as its mentor once it is closed, as its mentee once it is released.

    It holds what the report's page and files show: the framework's texts, headline and story in the
    language of your account, all other words in English. That it was taken away stands in the audit
    trail.
    """
    round_ = reported_round_for(session, round_id, Action.READ)
    language = current_person().language
    return _shown(round_, report_of_round(session, round_, language), language)


def _shown(round_: Round, report: FeedbackReport, language: str) -> Report:
    story = tell(report, wording_in(language))
    return Report(
        round_id=round_.id,
        kind=RoundKind(report.kind),
        closed_on=report.closed_on,
        compared_kind=RoundKind(report.compared_kind) if report.compared_kind else None,
        compared_closed_on=report.compared_closed_on,
        framework=report.framework_title,
        headline=story.headline,
        story=list(story.sentences),
        scale=[ScalePoint(value=value, label=label) for value, label in report.scale],
        groups=[ReportGroup.model_validate(asdict(group)) for group in report.groups],
        hidden_groups=list(report.hidden_groups),
        hidden_groups_before=list(report.hidden_groups_before),
        figures=[ReportFigures.model_validate(asdict(cell)) for cell in report_cells(report)],
        changes=[ReportChange.model_validate(asdict(row)) for row in change_rows(report)],
        not_compared=[
            ReportNotCompared(competency_id=c.id, competency=c.title, why=c.not_compared.value)
            for c in report.left_out
            if c.not_compared is not None and c.not_compared is not Standing.SAME
        ],
        judged_the_same=[c.id for c in report.competencies if c.judged_the_same],
        no_longer_asked=list(report.gone),
        comments=[ReportComment.model_validate(asdict(row)) for row in comment_rows(report)],
    )
