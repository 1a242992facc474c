"""What is kept in memory for a short while."""

from __future__ import annotations

import pytest

from survey.kept import HandedOver, Kept


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thing_is_made_once_and_again_when_its_time_is_over() -> None:
    clock, made = Clock(), []
    kept = Kept[str, int](most=10, seconds=60, clock=clock)

    def make() -> int:
        made.append(clock.now)
        return len(made)

    assert kept.get("a", make) == 1
    clock.now = 59
    assert kept.get("a", make) == 1
    assert kept.get("b", make) == 2
    clock.now = 61
    assert kept.get("a", make) == 3
    assert kept.get("b", make) == 2
    assert made == [0, 59, 61]


def test_no_more_is_kept_than_was_said_and_what_is_over_goes() -> None:
    clock = Clock()
    kept = Kept[int, int](most=3, seconds=60, clock=clock)
    for number in range(5):
        kept.get(number, lambda number=number: number)
    assert list(kept._things) == [2, 3, 4]
    clock.now = 61
    kept.get(9, lambda: 9)
    assert list(kept._things) == [9]


def test_what_could_not_be_made_is_tried_again() -> None:
    kept = Kept[str, int](most=3, seconds=60)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 7) == 7


def test_what_is_handed_over_is_taken_once() -> None:
    handed = HandedOver[str, int](most=10, seconds=2, clock=Clock())
    assert handed.take("a") is None
    handed.leave("a", 1)
    handed.leave("a", 2)
    assert handed.take("a") == 2
    assert handed.take("a") is None


def test_what_is_handed_over_is_taken_soon_or_not_at_all() -> None:
    clock = Clock()
    handed = HandedOver[str, int](most=3, seconds=2, clock=clock)
    handed.leave("a", 1)
    clock.now = 2.5
    assert handed.take("a") is None
    for number in range(5):
        handed.leave(str(number), number)
    assert [handed.take(str(number)) for number in range(5)] == [None, None, 2, 3, 4]
