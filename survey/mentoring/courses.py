"""Courses: how an answer on a scale went over time, ready to be drawn and listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from survey.mentoring.answers import Answer


@dataclass
class Course:
    """What was said to one question, day by day, between the lowest and the highest step.

    `steps` names the steps where they have names of their own; `ends` says what the two ends of a
    scale of numbers mean.
    """

    title: str
    lowest: int
    highest: int
    steps: Mapping[int, str] = field(default_factory=dict)
    points: list[tuple[dt.date, int]] = field(default_factory=list)
    ends: str = ""

    @property
    def change(self) -> int | None:
        """From the first to the last; None while there is only one."""
        return self.points[-1][1] - self.points[0][1] if len(self.points) > 1 else None

    def name_of(self, step: int) -> str:
        """The step as a person reads it."""
        return self.steps.get(step, str(step))

    @property
    def in_words(self) -> str:
        """All of it in one sentence, for who does not see the picture."""
        said = (f"{self.name_of(step)} on {on.day} {on:%B %Y}" for on, step in self.points)
        return f"{self.title}: {', '.join(said)}"


def courses_of(answers_by_day: Iterable[tuple[dt.date, Iterable[Answer]]]) -> list[Course]:
    """A course for every question with steps, in the order in which they were first asked.

    The newest answer's words and ends are shown; answers given on a scale with other ends are left
    out, since the same number meant something else then.
    """
    said: dict[str, list[tuple[dt.date, Answer]]] = {}
    for on, answers in sorted(answers_by_day, key=lambda pair: pair[0]):
        for answer in answers:
            if answer.step is not None:
                said.setdefault(answer.id, []).append((on, answer))
    courses = []
    for answered in said.values():
        newest = answered[-1][1]
        courses.append(
            Course(
                title=newest.short or newest.question,
                lowest=min(newest.steps),
                highest=max(newest.steps),
                steps=newest.steps if newest.kind == "choice" else {},
                ends="" if newest.kind == "choice" else newest.ends,
                points=[
                    (on, answer.step)
                    for on, answer in answered
                    if answer.step is not None
                    and (min(answer.steps), max(answer.steps))
                    == (min(newest.steps), max(newest.steps))
                ],
            )
        )
    return courses
