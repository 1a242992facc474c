"""A report as plain text, for a terminal: in English."""

from __future__ import annotations

from survey.report.comparison_words import comparison_summary
from survey.report.feedback_report import Comparison, FeedbackReport, Figures
from survey.report.story import tell
from survey.report.wording import ENGLISH


def report_as_text(report: FeedbackReport) -> str:
    """The report's figures and comments, one table per competency."""
    lines = [f"{report.framework_title} – {report.kind} round, closed {report.closed_on}"]
    if report.has_change:
        lines.append(
            f"compared with the {report.compared_kind} round, closed {report.compared_closed_on}"
        )
    lines += comparison_summary(report, ENGLISH)
    if report.hidden_groups:
        lines.append(f"not shown (too few answers): {', '.join(report.hidden_groups)}")
    told = tell(report, ENGLISH)
    lines += ["", told.headline, *(f"- {sentence}" for sentence in told.sentences)]
    for competency in report.competencies:
        goal = "  [goal]" if competency.goal_linked else ""
        lines += ["", f"{competency.title}{goal}", _header(report)]
        lines += [_row(row, report) for row in competency.rows]
        lines.append(
            _line(
                "All raters",
                _number(competency.all_before),
                _number(competency.all_after),
                _number(competency.movement.value, "+.2f"),
                report,
            )
        )
        if competency.verdict is not None:
            lines.append(
                f"  {competency.verdict}, interval {ENGLISH.interval(competency.interval)}"
            )
    for comment in report.comments:
        lines += ["", f"{comment.question} ({comment.group})"]
        lines += [f"  - {text}" for text in comment.texts]
    return "\n".join(lines)


def _header(report: FeedbackReport) -> str:
    return _line("", "before (n)", "after (n)", "change", report)


def _row(row: Comparison, report: FeedbackReport) -> str:
    return _line(
        row.label, _figures(row.before), _figures(row.after), _number(row.change, "+.2f"), report
    )


def _line(label: str, before: str, after: str, change: str, report: FeedbackReport) -> str:
    if not report.has_change:
        return f"  {label:20} {after:>12}"
    return f"  {label:20} {before:>12} {after:>12} {change:>8}"


def _figures(figures: Figures) -> str:
    if figures.mean is None:
        return "-"
    sign = {"exact": "", "at_least": ">=", "at_most": "<=", "about": "~"}[figures.bound]
    return f"{sign}{figures.mean:.2f} ({figures.n})"


def _number(value: float | None, form: str = ".2f") -> str:
    return "-" if value is None else format(value, form)
