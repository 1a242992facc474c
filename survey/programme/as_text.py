"""The programme view as plain text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from survey.anonymity.programme import FEWEST_MENTEES
from survey.programme import wording
from survey.programme.figures import Share
from survey.programme.view import CompetencyView, ProgrammeView, SectionView


def programme_as_text(view: ProgrammeView) -> str:
    """One block for each framework and kind of round."""
    if not view.sections:
        return (
            f"Nothing to show yet: figures appear from {FEWEST_MENTEES} mentees of at least three "
            f"mentors on ({view.waiting} waiting)."
        )
    return "\n\n".join("\n".join(_section(section)) for section in view.sections)


def _section(section: SectionView) -> Iterator[str]:
    yield f"{section.title} – {section.kind} rounds: {section.mentees} mentees"
    if section.waiting:
        yield f"({section.waiting} more wait until a batch is full)"
    for competency in section.competencies:
        yield from ("", competency.title, *_competency(competency))
    if section.goal:
        yield ""
        yield f"Goal competencies moved more than the others: {_share(section.goal)}"
    if section.groups:
        yield ""
        yield "Answered"
        for group in section.groups:
            yield (
                f"  {group.label:20} {wording.counted(group.answered.count)} invited; "
                f"declined {wording.counted(group.declined.count)}"
            )
    if section.delays:
        yield ""
        yield "Time to answer"
        for step, fives in section.delays.items():
            yield f"  {wording.STEPS[step]:20} {wording.about_per_cent(fives)}"


def _competency(competency: CompetencyView) -> Iterator[str]:
    spread = competency.changes.spread
    if spread is None:
        yield "  change               not shown: too few, or too alike"
    else:
        interval = f" ({wording.from_to(spread.interval)})" if spread.interval else ""
        yield f"  mean change          {wording.points(spread.mean)}{interval}, n = {spread.n}"
        yield (
            f"  quartiles            {wording.points(spread.lower_quartile)}, "
            f"{wording.points(spread.median)}, {wording.points(spread.upper_quartile)}"
        )
        for bar in competency.changes.bars:
            yield f"  {wording.quarter(bar.low):20} {bar.count}"
    if competency.clear_rises:
        yield f"  clear rises          {_share(competency.clear_rises)}"
    if competency.rises:
        yield f"  clear or likely      {_share(competency.rises)}"


def _share(share: Share) -> str:
    return (
        f"{wording.counted(share.count)} ({wording.per_cent(share.count)}; "
        f"95 % interval {wording.interval_per_cent(share.interval)})"
    )
