"""Every pair of tiny rounds, against an attacker who knows the program.

The statistics of change are worked out from the raters' scores in both rounds, so they might say
what the withheld figures of each round hide. So for tiny rounds all answers that raters could
give, before and after, are published with their change and put together by the exact documents.

The attacker is given more than a reader has: who asks for the answers of one round knows all
answers to the other one, name by name. What even that attacker cannot tell, no reader can.

Where the later round asks another version of the framework, competencies are left out of the
comparison. The attacker of the earlier round then has two later rounds that were compared with it,
each with other competencies left out, to take their figures from one another.

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
from typing import Any

import pytest

from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import ReleasedAggregate, build_released_aggregate
from survey.anonymity.released_change import with_change
from survey.anonymity.thresholds import GroupRule
from survey.frameworks.questionnaire import Questionnaire
from tests.anonymity.small_rounds import Row, ballots_of, questionnaire_of

# The answers of each rater, group by group; a rater's row goes through all competencies.
Answers = tuple[tuple[Row, ...], ...]
Pair = tuple[Answers, Answers]

MANAGER = GroupRule("manager", "Manager", anonymous=False, threshold=1)
# Figures that depend on what else was asked: left out where many questions share a round.
OF_ALL_TOGETHER = {"verdict", "clear_attainable", "holm_p", "bh_p"}


@dataclass(frozen=True)
class World:
    """Two rounds with anonymous groups of some sizes and thresholds, asked the same.

    A world with one competency is published many pairs at a time, each as a competency of its
    own, and without the figures that look at all competencies together; others, and one that is
    `alone`, pair by pair and with everything. The first competency is linked to the goal.
    """

    before: tuple[int, ...]  # raters per group; none at all: there is no earlier round
    after: tuple[int, ...]
    thresholds: tuple[int, ...]
    shape: tuple[int, ...]  # indicators per competency
    points: int
    missing: bool = False
    looking_back: bool = False  # the later round asks everything twice: now, and as it was before
    manager: bool = False  # a manager answers as well, both times; everybody may read that
    known_before: int = 0  # only so many of the earlier rounds are tried; 0: all
    known_after: int = 0
    alone: bool = False
    left_out: tuple[int, ...] = ()  # competencies that the later round asks otherwise
    # Another round, with the later one's answers turned round, in which these are asked otherwise.
    left_out_again: tuple[int, ...] | None = None

    def __str__(self) -> str:
        sides = "-then-".join("+".join(map(str, sizes)) for sizes in (self.before, self.after))
        thresholds = "+".join(map(str, self.thresholds))
        indicators = "+".join(map(str, self.shape))
        told = [
            f"known-{side}-{number}"
            for side, number in (("before", self.known_before), ("after", self.known_after))
            if number
        ]
        told += [
            name for name in ("missing", "looking_back", "manager", "alone") if getattr(self, name)
        ]
        if self.left_out:
            told.append("left-out-" + "+".join(map(str, self.left_out)))
        if self.left_out_again is not None:
            told.append("again-" + "+".join(map(str, self.left_out_again)))
        return "-".join(
            [f"{sides}-of{thresholds}-{indicators}-indicators-{self.points}-points", *told]
        )

    @property
    def scale(self) -> range:
        """The points of the rating scale."""
        return range(1, self.points + 1)

    @property
    def together(self) -> int:
        """How many pairs are published at a time."""
        return 1 if self.alone or len(self.shape) > 1 else 200

    @property
    def rules(self) -> list[GroupRule]:
        """What the raters were promised, in both rounds."""
        rules = [
            GroupRule(f"group_{g}", f"Group {g}", anonymous=True, threshold=threshold)
            for g, threshold in enumerate(self.thresholds)
        ]
        return [MANAGER, *rules] if self.manager else rules

    @property
    def number(self) -> int:
        """How many pairs there are."""
        return (self.known_before or self._rounds(self.before, 1)) * (
            self.known_after or self._rounds(self.after, 1 + self.looking_back)
        )

    def every_pair(self) -> Iterator[Pair]:
        """All that the raters could answer; who in a group gave which row makes no document."""
        before = _spread(self._every_round(self.before, 1), self.known_before)
        after = _spread(self._every_round(self.after, 1 + self.looking_back), self.known_after)
        return product(before, after)

    def _rounds(self, sizes: Sequence[int], times: int) -> int:
        choices = (self.points + self.missing) ** (sum(self.shape) * times)
        return prod(comb(choices + size - 1, size) for size in sizes)

    def _every_round(self, sizes: Sequence[int], times: int) -> list[Answers]:
        given: list[int | None] = [*self.scale]
        choices = [*given, None] if self.missing else given
        rows = list(product(choices, repeat=sum(self.shape) * times))
        return list(product(*(combinations_with_replacement(rows, size) for size in sizes)))


def _spread(rounds: list[Answers], number: int) -> list[Answers]:
    """So many of the rounds, from all over the list; all for 0."""
    return rounds if number == 0 else [rounds[len(rounds) * i // number] for i in range(number)]


@dataclass
class Reading:
    """All that somebody has to reckon with who read the documents and knows one side's answers."""

    answers: int = 0
    # Per group and place in the row: the ratings that somebody in the group may have given.
    ratings: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    # Per competency and group whose mean is withheld: what it may be.
    hidden_means: dict[tuple[int, str], set[Fraction | None]] = field(
        default_factory=lambda: defaultdict(set)
    )
    example: Pair = ((), ())

    def certain(self) -> list[str]:
        """What these documents give away."""
        found = [
            f"group {group} gave {min(ratings)} at place {place}"
            for (group, place), ratings in self.ratings.items()
            if len(ratings) == 1
        ]
        found += [
            f"the withheld mean of {group} on competency {competency} is {next(iter(means))}"
            for (competency, group), means in self.hidden_means.items()
            if len(means) == 1 and None not in means
        ]
        return found


SMALL = [
    # One indicator: the score is the rating.
    World((2,), (2,), (2,), (1,), 5, missing=True),
    World((2,), (3,), (2,), (1,), 5),
    World((3,), (3,), (3,), (1,), 4, missing=True),
    World((4,), (4,), (3,), (1,), 3, missing=True),
    World((4,), (4,), (4,), (1,), 4, alone=True),  # enough raters for a verdict
    World((10,), (10,), (3,), (1,), 3, known_before=4),  # arrangements are drawn at random
    # Several indicators.
    World((2,), (2,), (2,), (2,), 3),
    World((2,), (2,), (2,), (2,), 3, missing=True, known_before=9),
    World((2,), (2,), (2,), (2,), 3, missing=True, known_after=9),
    World((3,), (3,), (3,), (2,), 3, known_before=11),
    World((3,), (3,), (2,), (2,), 3, missing=True, known_before=3),
    World((2,), (2,), (2,), (3,), 3, known_before=5),
    # Several groups: shown, hidden, pooled; on both sides, or on one.
    World((2, 2), (2, 2), (2, 2), (1,), 3, manager=True),
    World((2, 3), (3, 3), (2, 3), (1,), 3, missing=True, known_before=4),
    World((2, 2), (2, 1), (2, 2), (1,), 3, manager=True),
    World((2, 1), (2, 2), (2, 2), (1,), 3),
    World((1, 1), (2, 1), (2, 3), (1,), 3),  # nothing to compare
    World((1, 2), (1, 2), (2, 3), (1,), 3, manager=True),
    World((1, 2), (2, 3), (2, 3), (1,), 3, manager=True),
    World((1, 1, 2), (1, 2, 1), (2, 2, 2), (1,), 3),  # another two pooled each time
    # Now and then from the same raters.
    World((2,), (2,), (2,), (1,), 3, missing=True, looking_back=True),
    World((3,), (3,), (3,), (1,), 3, looking_back=True),
    World((), (3,), (2,), (1,), 3, missing=True, looking_back=True),
    World((), (6,), (3,), (1,), 3, looking_back=True),
    World((), (2,), (2,), (2,), 3, looking_back=True),
    # The goal: a competency that is linked to it and one that is not.
    World((2,), (2,), (2,), (1, 1), 3),
    World((2,), (2,), (2,), (1, 1), 3, missing=True, known_before=6),
    World((2,), (2,), (2,), (2, 1), 3, known_before=4),
    World((4,), (4,), (4,), (1, 1), 3, known_before=2),
    World((), (2,), (2,), (1, 1), 3, looking_back=True),
    # Another version was asked: whole competencies are left out, the goal's or another one.
    World((2,), (2,), (2,), (1, 1), 3, left_out=(1,)),
    World((2,), (2,), (2,), (1, 1), 3, left_out=(0,)),
    World((3,), (3,), (3,), (1, 1), 3, known_after=2, left_out=(0,), left_out_again=()),
    World((2,), (2,), (2,), (1, 1), 3, missing=True, known_after=3, left_out=(1,),
          left_out_again=(0,)),
    World((2,), (3,), (2,), (2, 1), 3, known_after=2, left_out=(1,), left_out_again=()),
    World((2,), (2,), (2,), (1, 1, 1), 3, known_after=2, left_out=(2,), left_out_again=(1,)),
    World((2,), (2,), (2,), (1, 1), 3, looking_back=True, known_after=4, left_out=(1,)),
]  # fmt: skip
LARGER = [
    World((3,), (3,), (3,), (1,), 5, missing=True),
    World((10,), (10,), (3,), (1,), 3),
    World((2,), (2,), (2,), (2,), 3, missing=True),
    World((3,), (3,), (3,), (2,), 3),
    World((3,), (3,), (3,), (2,), 3, missing=True, known_before=12),
    World((3,), (3,), (2,), (2,), 3, missing=True, known_after=12),
    World((3,), (4,), (3,), (2,), 4, known_before=3),
    World((2,), (2,), (2,), (2,), 5, known_before=40),
    World((2,), (2,), (2,), (3,), 3, missing=True, known_before=5),
    World((2,), (2,), (2,), (3,), 3),
    World((2, 2), (2, 2), (2, 2), (2,), 3, manager=True, known_before=7),
    World((2, 2), (3, 2), (2, 2), (1,), 3, missing=True, manager=True, known_before=20),
    World((3, 2), (3, 3), (3, 2), (1,), 4, known_before=12),
    World((2,), (2,), (2,), (2,), 3, looking_back=True, known_before=5),
    World((), (2,), (2,), (2,), 3, missing=True, looking_back=True),
    World((3,), (3,), (3,), (1,), 4, missing=True, looking_back=True, known_before=9),
    World((2, 2), (2, 2), (2, 2), (1,), 3, looking_back=True, known_before=5),
    World((2,), (2,), (2,), (1, 1), 3, missing=True),
    World((3,), (3,), (3,), (1, 1), 4, known_before=11),
    World((3,), (4,), (3,), (1, 1), 3, missing=True, known_before=3),
    World((2,), (2,), (2,), (2, 2), 3, known_before=5),
    World((2,), (2,), (2,), (2, 1), 3, missing=True, known_before=7),
    World((2, 2), (2, 2), (2, 2), (1, 1), 3, manager=True, known_before=7),
    World((2, 1), (2, 2), (2, 2), (1, 1), 3, manager=True, known_before=5),
    World((5,), (4,), (4,), (1,), 4, alone=True),
    World((2,), (2,), (2,), (1, 1), 3, looking_back=True, known_before=7),
    World((), (2,), (2,), (1, 1), 3, missing=True, looking_back=True),
    World((3,), (3,), (3,), (1, 1), 3, missing=True, known_after=4, left_out=(0,),
          left_out_again=()),
    World((2,), (2,), (2,), (1, 1, 1), 3, missing=True, known_after=3, left_out=(2,),
          left_out_again=(0,)),
    World((2,), (2,), (2,), (2, 2), 3, known_after=3, left_out=(0,), left_out_again=(1,)),
    World((2, 2), (2, 2), (2, 2), (1, 1), 3, manager=True, known_after=5, left_out=(1,),
          left_out_again=()),
    World((4,), (4,), (4,), (1, 1), 3, known_after=4, left_out=(1,), left_out_again=(0,)),
]  # fmt: skip
WORLDS = SMALL + (LARGER if os.environ.get("EVERY_ROUND") == "larger" else [])


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_whoever_knows_the_program_and_the_other_round_learns_no_rating(world):
    readings = read_every_document(world)
    attacked = [not world.known_before and bool(world.before), not world.known_after]
    # Of a side of which not all rounds are tried, nothing can be said.
    assert sum(reading.answers for reading in readings.values()) == world.number * sum(attacked)
    leaks = [(reading, what) for reading in readings.values() for what in reading.certain()]
    leaks.sort(key=lambda leak: -leak[0].answers)
    assert not leaks, f"{len(leaks)} of {len(readings)} documents tell:\n" + "\n".join(
        f"  {what}, as in all {reading.answers} rounds like {reading.example}"
        for reading, what in leaks[:10]
    )


# What three raters say of two competencies with an indicator each: with both distributions shown,
# with the first one's withheld since all agree, and at the end of the scale.
SAID = [
    ((1, 2), (2, 3), (2, 2)),
    ((1, 1), (1, 3), (3, 3)),
    ((2, 1), (2, 3), (2, 3)),
    ((3, 3), (3, 3), (3, 2)),
]


@pytest.mark.parametrize(
    ("before", "after"), [((3, 1), (3, 1)), ((3, 1), (3, 2)), ((3, 2), (3, 1))]
)
@pytest.mark.parametrize("said", SAID)
def test_what_a_hidden_group_said_makes_no_difference_to_the_change(before, after, said):
    world = World(before, after, (3, 2), (1, 1), 3, missing=True, manager=True)
    given = list(product([1, 2, 3, None], repeat=2))
    documents = {
        _all_of(world, (said, (hidden, (1, 3))[: before[1]]), (said, (other, (2, 3))[: after[1]]))
        for hidden in (given if before[1] == 1 else given[:1])
        for other in (given if after[1] == 1 else given[:1])
    }
    assert len(documents) == 1


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("shape", [(1, 1), (2, 1)])
def test_what_too_few_said_makes_no_difference_to_the_change(shape, said):
    world = World((3,), (4,), (3,), shape, 3, missing=True, manager=True)
    before, later = (
        tuple((row[0],) * shape[0] + row[1:] for row in rows) for rows in (said, (*said, (1, 2)))
    )
    for earlier_are_few in (False, True):
        documents = set()
        for first, second in product(product([1, 2, 3], repeat=shape[0]), repeat=2):
            few = (first, second, (None,) * shape[0], (None,) * shape[0])
            rows = [(*part, row[-1]) for part, row in zip(few, later, strict=True)]
            pair = (tuple(rows[1:]), later) if earlier_are_few else (before, tuple(rows))
            documents.add(_all_of(world, (pair[0],), (pair[1],)))
        assert len(documents) == 1


@pytest.mark.parametrize("alone", ["now", "then"])
@pytest.mark.parametrize("said", SAID)
def test_what_was_rated_only_for_now_or_then_makes_no_difference_to_the_change(said, alone):
    world = World((3,), (4,), (3,), (1, 1), 3, missing=True, looking_back=True, manager=True)
    # A row has now and then of the first competency, then now and then of the second.
    others = tuple((then, now, now, then) for now, then in said)
    documents = set()
    for rating in world.scale:
        first = (rating, None) if alone == "now" else (None, rating)
        documents.add(_all_of(world, (said,), ((*others, (*first, 2, 3)),)))
    assert len(documents) == 1


@pytest.mark.parametrize(
    ("before", "after", "thresholds"),
    [
        ((1, 2), (2, 3), (2, 3)),  # pooled, then each by itself
        ((1, 1, 2), (1, 2, 1), (2, 2, 2)),  # another two pooled each time
        ((2, 1), (1, 2), (2, 2)),  # shown before or after only
    ],
)
def test_what_groups_with_other_members_said_makes_no_difference_to_the_change(
    before, after, thresholds
):
    world = World(before, after, thresholds, (1, 1), 3, manager=True)
    changes = set()
    for one, other in product(product([1, 2, 3], repeat=2), repeat=2):
        pair = tuple(tuple((one, other, one)[:size] for size in sizes) for sizes in (before, after))
        own = {key for key, size in enumerate(before) if size >= thresholds[key]} & {
            key for key, size in enumerate(after) if size >= thresholds[key]
        }
        # Groups that are shown both times are compared: they always say the same.
        first, second = (
            tuple(((1, 2), (3, 1), (2, 2))[: len(rows)] if g in own else rows
                  for g, rows in enumerate(side))
            for side in pair
        )  # fmt: skip
        changes.add(_publish(world, [(first, second)])[1].change.model_dump_json())
    assert len(changes) == 1


@pytest.mark.parametrize("left_out", [(0,), (1,)])
@pytest.mark.parametrize("looking_back", [False, True])
@pytest.mark.parametrize("said", SAID)
def test_what_was_said_of_a_competency_that_is_left_out_makes_no_difference(
    said, looking_back, left_out
):
    """Neither to the figures of change, nor, in the earlier round, to anything later at all.

    So there is nothing that could be taken from what the earlier report shows of it.
    """
    world = World((3, 1), (3, 2), (3, 2), (1, 1), 3, missing=True, manager=True,
                  looking_back=looking_back, left_out=left_out)  # fmt: skip
    place = left_out[0]
    ratings = list(product([1, 2, 3, None], repeat=3))

    def saying(others: tuple[int | None, ...]) -> tuple[Row, ...]:
        return tuple(
            (*row[:place], other, *row[place + 1 :])
            for row, other in zip(said, others, strict=True)
        )

    def later_round(rows: tuple[Row, ...]) -> Answers:
        few = ((1, 2), (3, 2))
        if not looking_back:
            return rows, few
        # A row has now and then of the first competency, then now and then of the second.
        return tuple(tuple((row[0], 2, row[1], 3) for row in side) for side in (rows, few))

    later = set()
    for others in ratings:
        pair = ((saying(others), ((2, 2),)), later_round(said))
        later.add(_publish(world, [pair])[1].to_json())
    assert len(later) == 1
    changes = set()
    for others in ratings[::3]:
        pair = ((said, ((2, 2),)), later_round(saying(others)))
        changes.add(_publish(world, [pair])[1].change.model_dump_json())
    assert len(changes) == 1
    figures = ReleasedAggregate.from_json(later.pop()).change.competencies
    assert [one.id for one in figures] == [f"c{1 - place}"]


# Rounds that share a document by design: what a group unanimously said, and others like it.
TWINS = {
    "all at the top, or one off it": ((2,), [(3, 3), (3, 3)], [(3, 3), (3, 2)]),
    "all at the bottom, or one off it": ((1,), [(1,), (1,), (1,)], [(1,), (2,), (1,)]),
    "all on a point, or a step to either side": ((1,), [(2,), (2,), (2,)], [(1,), (2,), (3,)]),
    "the same scores from other ratings": ((2,), [(2, 2), (2, 2)], [(1, 3), (2, 2)]),
    "the same scores from fewer ratings": ((2,), [(2, 2), (2, 2)], [(2, None), (1, 3)]),
    "statements exchanged": ((2,), [(1, 2), (1, 2)], [(2, 1), (2, 1)]),
}


@pytest.mark.parametrize("twins", TWINS.values(), ids=TWINS)
def test_rounds_that_share_a_document_share_their_change(twins):
    shape, one, other = twins
    # A second competency, the same in both, so that the goal has something to be compared with.
    rows, others = (
        tuple((*row, second) for row, second in zip(side, (1, 3, 2), strict=False))
        for side in (one, other)
    )
    size = (len(rows),)
    world = World(size, size, size, (*shape, 1), 3, known_before=40, known_after=1)
    for fixed, _ in world.every_pair():
        assert _all_of(world, fixed, (rows,)) == _all_of(world, fixed, (others,))
        assert _all_of(world, (rows,), fixed) == _all_of(world, (others,), fixed)


def _all_of(world: World, before: Answers, after: Answers) -> str:
    """All that is published of two rounds."""
    return _documents(world, 0, *_publish(world, [(before, after)]))


def read_every_document(world: World) -> dict[tuple[str, Answers, str], Reading]:
    """Publish every pair of a world; readings by attacked side, known answers and documents."""
    readings: dict[tuple[str, Answers, str], Reading] = defaultdict(Reading)
    every_pair = world.every_pair()
    while batch := list(islice(every_pair, world.together)):
        earlier, later, *again = _publish(world, batch)
        for number, (before, after) in enumerate(batch):
            columns = range(number * len(world.shape), (number + 1) * len(world.shape))
            text = _documents(world, number, earlier, later, *again)
            if world.before and not world.known_before:
                _take_in(
                    readings["before", after, text], world, (before, after), 0, earlier, columns
                )
            if not world.known_after:
                _take_in(readings["after", before, text], world, (before, after), 1, later, columns)
    return readings


def _publish(world: World, batch: Sequence[Pair]) -> tuple[Any, ...]:
    """The earlier round's document, if there is one, the later one's, and perhaps another's."""
    questionnaire = questionnaire_of(
        world.shape * len(batch), world.scale, [rule.key for rule in world.rules]
    )
    earlier = None
    if world.before:
        earlier = _counted(world, questionnaire, [before for before, _ in batch])
    later = _counted(
        world, questionnaire, [after for _, after in batch], looking_back=world.looking_back
    )
    goal = {"c0"} if world.together == 1 else ()
    published = [
        earlier.aggregate if earlier else None,
        with_change(later, earlier, goal, {f"c{number}" for number in world.left_out}),
    ]
    if world.left_out_again is not None:
        turned = [_turned(world, after) for _, after in batch]
        another = _counted(world, questionnaire, turned, looking_back=world.looking_back)
        left_out = {f"c{number}" for number in world.left_out_again}
        published.append(with_change(another, earlier, goal, left_out))
    return tuple(published)


def _turned(world: World, answers: Answers) -> Answers:
    """The answers with the scale turned round."""
    return tuple(
        tuple(
            tuple(None if rating is None else world.points + 1 - rating for rating in row)
            for row in rows
        )
        for rows in answers
    )


def _counted(
    world: World,
    questionnaire: Questionnaire,
    rounds: Sequence[Answers],
    *,
    looking_back: bool = False,
) -> CountedRound:
    """One round in which raters answered all of these, one after the other."""
    times = 1 + looking_back
    answers = {
        f"group_{g}": [
            [part for round_ in rounds for part in _parts(world, round_[g][rater], times)]
            for rater in range(len(rounds[0][g]))
        ]
        for g in range(len(world.thresholds))
    }
    if world.manager:
        middle = sorted(world.scale)[world.points // 2]
        answers["manager"] = [
            [(middle,) * (indicators * times) for _ in rounds for indicators in world.shape]
        ]
    ballots = ballots_of(questionnaire, answers, looking_back=looking_back)
    aggregate = build_released_aggregate(
        questionnaire, world.rules, ballots, label_comments=True, retrospective=looking_back
    )
    return CountedRound(questionnaire, ballots, aggregate)


def _parts(world: World, row: Row, times: int) -> Iterator[Row]:
    """The row cut up by competency."""
    rest = iter(row)
    return (tuple(islice(rest, indicators * times)) for indicators in world.shape)


def _documents(
    world: World,
    number: int,
    earlier: ReleasedAggregate | None,
    later: ReleasedAggregate,
    *again: ReleasedAggregate,
) -> str:
    """All documents, or of a round that many pairs share what is about this one."""
    if world.together == 1:
        return "".join(document.to_json() for document in (earlier, later, *again) if document)
    parts = [released.competencies[number].model_dump_json() for released in (earlier, later)
             if released]  # fmt: skip
    if later.competencies_then is not None:
        parts.append(later.competencies_then[number].model_dump_json())
    parts += [
        figures.competencies[number].model_dump_json(exclude=OF_ALL_TOGETHER)
        for figures in (later.change, later.looking_back)
        if figures
    ]
    # Identifiers differ only because many competencies share this round.
    return "".join(parts).replace(f'"c{number}', '"c')


def _take_in(
    reading: Reading,
    world: World,
    pair: Pair,
    side: int,
    document: ReleasedAggregate,
    columns: range,
) -> None:
    reading.answers += 1
    if reading.answers == 1:
        reading.example = pair
    for group, rows in enumerate(pair[side]):
        for row in rows:
            for place, rating in enumerate(row):
                if rating is not None:
                    reading.ratings[group, place].add(rating)
    if document.competencies_then is not None:
        return
    members = {
        group.key: [int(key.removeprefix("group_")) for key in group.members]
        for group in document.groups
        if group.anonymous
    }
    for competency, column in enumerate(columns):
        for cell in document.competencies[column].cells:
            if cell.mean is None and cell.group in members:
                rows = [row for group in members[cell.group] for row in pair[side][group]]
                parts = [list(_parts(world, row, 1))[competency] for row in rows]
                reading.hidden_means[competency, cell.group].add(
                    _mean([score for part in parts if (score := _score(part)) is not None])
                )


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def _score(row: Row) -> Fraction | None:
    rated = [rating for rating in row if rating is not None]
    return Fraction(sum(rated), len(rated)) if rated and 2 * len(rated) >= len(row) else None
