"""Every tiny round there is, against an attacker who knows the program.

Whoever knows how the level of detail, the bounds and the withheld figures come about can learn
from what is *not* published. So for tiny rounds all answers that raters could give are published,
one after the other, and put together by the exact document: all answers with the same document
are what its reader, however clever, has to reckon with. If they agree about a rating, it is
certain, and the promise broken.

`EVERY_ROUND=larger` in the environment adds worlds that take minutes.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations_with_replacement, islice, product
from math import comb, prod

import pytest

from survey.anonymity.released_aggregate import TOGETHER_KEY, build_released_aggregate
from survey.anonymity.thresholds import GroupRule
from tests.anonymity.small_rounds import Row, ballots_of, questionnaire_of

# The answers of each rater, group by group.
Answers = tuple[tuple[Row, ...], ...]


@dataclass(frozen=True)
class World:
    """Groups of some sizes and thresholds, all asked the same few indicators."""

    sizes: tuple[int, ...]
    thresholds: tuple[int, ...]
    indicators: int
    points: int
    missing: bool = False
    looking_back: bool = False  # every statement is rated twice: now, and as it was before

    def __str__(self) -> str:
        groups = "+".join(
            f"{size}of{threshold}"
            for size, threshold in zip(self.sizes, self.thresholds, strict=True)
        )
        skips = "-with-missing" if self.missing else ""
        twice = "-twice" if self.looking_back else ""
        return f"{groups}-raters-{self.indicators}-indicators-{self.points}-points{skips}{twice}"

    @property
    def scale(self) -> range:
        """The points of the rating scale."""
        return range(1, self.points + 1)

    @property
    def choices(self) -> int:
        """In how many ways one rater can answer."""
        return (self.points + self.missing) ** self.answers

    @property
    def answers(self) -> int:
        """How many answers a rater gives."""
        return self.indicators * (1 + self.looking_back)

    @property
    def number(self) -> int:
        """How many rounds there are, raters within a group being interchangeable."""
        return prod(comb(self.choices + size - 1, size) for size in self.sizes)

    def every_round(self) -> Iterator[Answers]:
        """All that the raters could answer; who in a group gave which row makes no document."""
        given: list[int | None] = [*self.scale]
        rows = list(product([*given, None] if self.missing else given, repeat=self.answers))
        return product(*(list(combinations_with_replacement(rows, size)) for size in self.sizes))


@dataclass
class Reading:
    """All that a reader of one document has to reckon with."""

    answers: int = 0
    # Per group and indicator: the ratings that somebody in the group may have given.
    ratings: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    # Per group and per statement whose mean is withheld: what it may be.
    hidden_means: dict[int, set[Fraction | None]] = field(default_factory=lambda: defaultdict(set))
    hidden_statements: dict[int, set[Fraction | None]] = field(
        default_factory=lambda: defaultdict(set)
    )
    example: Answers = ()

    def certain(self) -> list[str]:
        """What this document gives away."""
        found = [
            f"group {group} gave {min(ratings)} to statement {indicator}"
            for (group, indicator), ratings in self.ratings.items()
            if len(ratings) == 1
        ]
        found += [
            f"the withheld mean of group {group} is {next(iter(means))}"
            for group, means in self.hidden_means.items()
            if len(means) == 1 and None not in means
        ]
        statements = self.hidden_statements.values()
        # Where all statements have the same mean, nothing tells them apart, and all that is
        # learned is the groups' common mean.
        if any(means != statement for means in statements for statement in statements):
            found += [
                f"the withheld mean of statement {indicator} is {next(iter(means))}"
                for indicator, means in self.hidden_statements.items()
                if len(means) == 1 and None not in means
            ]
        return found


SMALL = [
    World((2,), (2,), 1, 5, missing=True),
    World((3,), (3,), 1, 5, missing=True),
    World((2, 3), (2, 3), 1, 4),
    World((2, 2, 2), (2, 2, 2), 1, 3),
    World((2,), (2,), 2, 5, missing=True),
    World((3,), (3,), 2, 4),
    World((3,), (2,), 2, 3, missing=True),
    World((3,), (3,), 2, 3, missing=True),
    World((4,), (3,), 2, 3),
    World((5,), (3,), 2, 3),
    World((2,), (2,), 3, 3, missing=True),
    World((3,), (3,), 3, 3),
    World((2,), (2,), 4, 3),
    World((2, 2), (2, 2), 2, 3),
    World((3, 2), (3, 2), 2, 3),
    World((1, 2), (2, 3), 2, 3),  # pooled
    World((3, 1), (3, 2), 2, 3),  # the second group hidden
    World((3,), (2,), 1, 3, missing=True, looking_back=True),
    World((3,), (3,), 1, 4, looking_back=True),
    World((2,), (2,), 2, 3, looking_back=True),
]
LARGER = [
    World((2,), (2,), 2, 3, missing=True, looking_back=True),
    World((3,), (3,), 2, 3, looking_back=True),
    World((3,), (3,), 2, 5, missing=True),
    World((5,), (3,), 2, 4),
    World((5,), (4,), 2, 3, missing=True),
    World((4,), (4,), 2, 4),
    World((3,), (3,), 3, 3, missing=True),
    World((3,), (3,), 3, 4),
    World((2,), (2,), 4, 3, missing=True),
    World((3, 3), (3, 3), 2, 3),
    World((2, 2), (2, 2), 2, 3, missing=True),
    World((2, 2), (2, 2), 2, 4),
    World((3, 2), (2, 2), 2, 3, missing=True),
    World((2, 2), (2, 2), 3, 3),
]
WORLDS = SMALL + (LARGER if os.environ.get("EVERY_ROUND") == "larger" else [])


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_whoever_knows_the_program_learns_no_rating(world):
    readings = read_every_document(world)
    assert sum(reading.answers for reading in readings.values()) == world.number
    leaks = [(reading, what) for reading in readings.values() for what in reading.certain()]
    leaks.sort(key=lambda leak: -leak[0].answers)
    assert not leaks, f"{len(leaks)} of {len(readings)} documents tell:\n" + "\n".join(
        f"  {what}, as in all {reading.answers} rounds like {reading.example}"
        for reading, what in leaks[:10]
    )


def read_every_document(world: World) -> dict[str, Reading]:
    """Publish every round of a world and put those with the same document together.

    Competencies are published independently of each other, so that one round with many of them
    shows many answers at once.
    """
    rules = [
        GroupRule(f"group_{g}", f"Group {g}", anonymous=True, threshold=threshold)
        for g, threshold in enumerate(world.thresholds)
    ]
    readings: dict[str, Reading] = defaultdict(Reading)
    every_round = world.every_round()
    while batch := list(islice(every_round, 200)):
        questionnaire = questionnaire_of(
            [world.indicators] * len(batch), world.scale, [rule.key for rule in rules]
        )
        ballots = ballots_of(
            questionnaire,
            {
                rule.key: [
                    [answers[g][rater] for answers in batch] for rater in range(world.sizes[g])
                ]
                for g, rule in enumerate(rules)
            },
            looking_back=world.looking_back,
        )
        document = build_released_aggregate(
            questionnaire, rules, ballots, label_comments=True, retrospective=world.looking_back
        )
        members = {
            group.key: [int(key.removeprefix("group_")) for key in group.members]
            for group in document.groups
        }
        for number, answers in enumerate(batch):
            figures = document.competencies[number]
            text = figures.model_dump_json()
            if document.competencies_then is not None:
                text += document.competencies_then[number].model_dump_json()
            # Identifiers differ only because many competencies share this round.
            reading = readings[text.replace(f'"c{number}', '"c')]
            _take_in(reading, answers)
            if not world.looking_back:
                _take_in_hidden(reading, answers, figures, members)
    return readings


def _take_in(reading: Reading, answers: Answers) -> None:
    reading.answers += 1
    reading.example = reading.example or answers
    for group, rows in enumerate(answers):
        for row in rows:
            for indicator, rating in enumerate(row):
                if rating is not None:
                    reading.ratings[group, indicator].add(rating)


def _take_in_hidden(reading: Reading, answers: Answers, figures, members) -> None:
    for cell in figures.cells:
        if cell.mean is None:
            rows = [row for group in members[cell.group] for row in answers[group]]
            reading.hidden_means[members[cell.group][0]].add(
                _mean([score for row in rows if (score := _score(row)) is not None])
            )
    indicators = len(figures.statements)
    rows = [row for key in figures.together for group in members[key] for row in answers[group]]
    for indicator, statement in enumerate(figures.statements):
        shown = any(cell.group == TOGETHER_KEY for cell in statement.cells)
        # A single indicator is the competency, whose mean is shown.
        if rows and not shown and indicators > 1:
            ratings = [row[indicator] for row in rows if row[indicator] is not None]
            reading.hidden_statements[indicator].add(_mean([Fraction(r) for r in ratings]))


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def _score(row: Row) -> Fraction | None:
    rated = [rating for rating in row if rating is not None]
    return Fraction(sum(rated), len(rated)) if rated and 2 * len(rated) >= len(row) else None
