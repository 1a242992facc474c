"""Every small batch there is, against a reader who knows the program and some of the mentees.

What the view adds with a batch depends on that batch alone (see `test_view.py`), so a batch is all
that an attacker can work on. All outcomes that its mentees could have are published, and put
together by what is shown: a reader of that has to reckon with all of them, less those that
contradict what the reader knows about the mentees of one mentor. What all the rest agree on is
certain.

The reader here gets more than the page shows: where changes are shown, every one of them exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement

import numpy as np
import pytest

from survey.anonymity.programme import batch_is_full, quarters
from survey.change.verdict import Verdict
from survey.programme.figures import competency_changes, share, wholly_shown

# Of one mentee, per competency: the difference (None: nothing to compare) and its verdict.
Record = tuple[tuple[float | None, Verdict], ...]
Batch = tuple[Record, ...]
Publish = Callable[[Batch, int], str]

NO, LIKELY, CLEAR = Verdict.NO_CLEAR_CHANGE, Verdict.LIKELY_RISE, Verdict.CLEAR_RISE
FALL, TOO_FEW = Verdict.CLEAR_FALL, Verdict.TOO_FEW


def alone(*outcomes: tuple[float | None, Verdict]) -> tuple[Record, ...]:
    """Records of one competency each."""
    return tuple((outcome,) for outcome in outcomes)


# Every quarter from 0.2 on comes with every verdict: that is so of real outcomes, too.
MANY = alone(
    (-0.3, NO), (0.1, NO), *((d, v) for d in (0.22, 0.4, 0.7) for v in (NO, LIKELY, CLEAR)),
)  # fmt: skip
FEW = alone((-0.1, NO), *((d, v) for d in (0.4, 0.7) for v in (NO, LIKELY, CLEAR)))
FALLING = alone((-0.8, FALL), (-0.6, NO), (-0.3, FALL), (-0.1, NO), (-0.1, TOO_FEW))
WITH_MISSING = ((None, TOO_FEW),), *FEW
# Two competencies, of which the goal is about the first.
PAIRS = tuple(
    ((one, NO), (other, NO)) for one in (-0.1, 0.3, 0.6) for other in (0.1, 0.26, 0.49, 0.51)
)


@dataclass(frozen=True)
class World:
    """Mentors by the number of their mentees in the batch, and what may come of a mentee."""

    name: str
    mentors: tuple[int, ...]
    records: tuple[Record, ...]

    def __str__(self) -> str:
        return f"{self.name}-{'+'.join(map(str, self.mentors))}"

    @property
    def size(self) -> int:
        return sum(self.mentors)


WORLDS = [
    World("many", (1, 1, 1, 1, 1), MANY),
    World("many", (2, 2, 2), MANY),
    World("few", (1,) * 6, FEW),
    World("few", (3, 3, 3), FEW),
    World("few", (2, 2, 1, 1, 1), FEW),
    World("falling", (1, 1, 1, 1, 1), FALLING),
    World("falling", (2, 2, 2), FALLING),
    World("with-missing", (1, 1, 1, 1, 1, 1), WITH_MISSING),
    World("with-missing", (2, 2, 2, 1), WITH_MISSING),
    World("pairs", (1, 1, 1, 1, 1), PAIRS),
]


def published(batch: Batch, most: int, *, always_compare: bool = False) -> str:
    """What is shown of a batch, and of shown changes every single one, lowest first.

    `always_compare` does what the view avoids: to count contrasts beside a left-out competency.
    """
    shown: list[object] = []
    all_changes = []
    for competency in zip(*batch, strict=True):
        compared = [(d, verdict) for d, verdict in competency if d is not None]
        differences = np.array(sorted(d for d, _ in compared), dtype=np.float64)
        places = np.zeros(len(compared), dtype=np.int64)
        changes = competency_changes(places, differences, np.array([most]))
        all_changes.append(changes)
        verdicts = [verdict for _, verdict in compared]
        clear = verdicts.count(CLEAR)
        rises = clear + verdicts.count(LIKELY)
        shown += [
            changes,
            list(differences) if changes.spread else None,
            share([clear], [len(compared)], [most]),
            share([rises], [len(compared)], [most]),
        ]
    if len(batch[0]) == 2 and (always_compare or wholly_shown(all_changes, 1).all()):
        contrasts = [(record[0][0] or 0) - (record[1][0] or 0) for record in batch]
        more = sum(contrast > 0 for contrast in contrasts)
        shown.append(share([more], [len(batch)], [most]))
    return repr(shown)


def without_thresholds(batch: Batch, _most: int) -> str:
    """What a careless page would show: every change and the exact counts."""
    return repr(
        [
            (
                sorted((d for d, _ in competency if d is not None)),
                sorted(v for d, v in competency if d is not None),
            )
            for competency in zip(*batch, strict=True)
        ]
    )


def quarter(record: Record, competency: int) -> int | None:
    difference = record[competency][0]
    return None if difference is None else int(quarters(np.array([difference]))[0])


def certainties(world: World, publish: Publish) -> Iterator[str]:
    """What is certain of a mentee to somebody, over all that could be published."""
    readings: dict[str, list[Batch]] = defaultdict(list)
    for batch in combinations_with_replacement(world.records, world.size):
        readings[publish(batch, max(world.mentors))].append(batch)
    for own in (0, *sorted(set(world.mentors))):
        for known in combinations_with_replacement(world.records, own):
            for document, batches in readings.items():
                unknown = [rest for batch in batches if (rest := less(batch, known)) is not None]
                if unknown:
                    yield from certain_of_one(world, unknown, known, document)


def less(batch: Batch, known: Batch) -> Batch | None:
    """The batch without the known mentees; None when these are not in it."""
    rest = list(batch)
    for record in known:
        if record not in rest:
            return None
        rest.remove(record)
    return tuple(rest)


def certain_of_one(
    world: World, unknown: list[Batch], known: Batch, document: str
) -> Iterator[str]:
    """Nobody can tell the unknown mentees apart: each may have any of their records."""
    records = {record for batch in unknown for record in batch}
    where = f"to who knows {known}: {document}"
    for competency in range(len(next(iter(records)))):
        # What nobody compared says nothing, and that it is missing is no secret.
        compared = [r[competency] for r in records if r[competency][0] is not None]
        if not compared:
            continue
        places = {quarter(r, competency) for r in records} - {None}
        if len(places) == 1:
            yield f"quarter {where}"
        verdicts = {verdict for _, verdict in compared}
        if verdicts == {CLEAR}:
            yield f"clear rise {where}"
        if verdicts <= {CLEAR, LIKELY}:
            yield f"rise {where}"
        could_rise = max(d for d, _ in compared if d is not None) >= 0.2
        could_rise &= any(record[competency][1] is CLEAR for record in world.records)
        if not known and could_rise and CLEAR not in verdicts:
            yield f"no clear rise {where}"
        if not known and could_rise and not verdicts & {CLEAR, LIKELY}:
            yield f"no rise {where}"


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_nothing_is_certain_of_any_mentee(world: World) -> None:
    assert batch_is_full(world.mentors, 0)
    assert next(certainties(world, published), None) is None


@pytest.mark.parametrize("world", [WORLDS[2], WORLDS[3], WORLDS[7]], ids=str)
def test_the_attacker_finds_what_plain_figures_give_away(world: World) -> None:
    found = {text.split(" to who")[0] for text in certainties(world, without_thresholds)}
    assert found == {"quarter", "clear rise", "rise", "no clear rise", "no rise"}


def test_the_attacker_finds_a_left_out_competency_by_comparing_it_with_another() -> None:
    leaks = certainties(WORLDS[-1], partial(published, always_compare=True))
    assert any(leak.startswith("quarter") for leak in leaks)


def test_the_attacker_uses_what_a_mentor_knows() -> None:
    """Rules that reckon with a reader who mentors nobody are not enough."""
    leaks = certainties(WORLDS[1], lambda batch, _most: published(batch, 0))
    assert {leak.split(" to who")[0] for leak in leaks} >= {"quarter", "clear rise", "rise"}


def test_most_is_shown_all_the_same() -> None:
    """Protection that shows nothing would be easy."""
    world = WORLDS[0]
    documents = [
        published(batch, 1) for batch in combinations_with_replacement(world.records, world.size)
    ]
    with_changes = sum("spread=Spread" in document for document in documents)
    assert with_changes > 0.7 * len(documents)
    exact = sum("low=2, high=2" in document for document in documents)
    assert exact > 0.2 * len(documents)
