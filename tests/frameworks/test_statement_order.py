"""The orders in which raters read statements: asked for in the file, fair, and none is lost."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from survey.frameworks import Questionnaire, build_questionnaire, parse_framework
from survey.frameworks.questionnaire import FormCompetency, FormItem, GroupForm
from survey.frameworks.statement_order import ORDERS, in_order

from .samples import GOOD, complaints

RANDOM = GOOD + "order: random\n"


def form(count: int, *, shuffled: bool = True) -> GroupForm:
    items = tuple(FormItem(f"i{n}", f"Statement {n}") for n in range(count))
    competency = FormCompetency("c", "skill", "C", "", items)
    return GroupForm((competency,), (), (), "", "", "en", shuffled)


def ids(form: GroupForm, order: int) -> list[str]:
    return [item.id for c in in_order(form, order).competencies for item in c.items]


def snapshot(source: str) -> Questionnaire:
    return build_questionnaire(parse_framework(source.encode(), "f.yaml"), ["self", "peers"])


@pytest.mark.parametrize("count", range(1, 13))
def test_every_statement_is_there_once_and_none_stands_better_than_another(count: int) -> None:
    orders = [ids(form(count), order) for order in range(ORDERS)]
    for order in orders:
        assert sorted(order) == sorted(orders[0])
    places = {item: sum(order.index(item) for order in orders) for item in orders[0]}
    assert set(places.values()) == {ORDERS * (count - 1) // 2}
    for one, other in combinations(orders[0], 2):
        assert sum(order.index(one) < order.index(other) for order in orders) == ORDERS // 2
    if count > 2:
        assert all(one != other for one, other in pairwise(orders))


def test_a_form_that_does_not_ask_for_it_stays_as_it_is() -> None:
    asked = form(5, shuffled=False)
    assert all(in_order(asked, order) is asked for order in range(ORDERS))


@pytest.mark.parametrize("order", [-1, ORDERS])
def test_an_unknown_order_is_refused(order: int) -> None:
    with pytest.raises(ValueError, match="orders are 0 to 3"):
        in_order(form(3), order)


def test_the_file_asks_for_it_and_the_form_knows() -> None:
    assert snapshot(RANDOM).form_for("peers", "en", "Ada", "before").shuffled
    assert not snapshot(GOOD).form_for("peers", "en", "Ada", "before").shuffled


def test_a_frozen_questionnaire_keeps_its_order_and_older_ones_their_fingerprint() -> None:
    frozen = snapshot(RANDOM)
    assert Questionnaire.from_json(frozen.to_json()) == frozen
    # What was frozen before there was a choice has no such key, and asks the same as today.
    fixed = snapshot(GOOD)
    assert '"order"' not in fixed.to_json()
    assert Questionnaire.from_json(fixed.to_json()) == fixed
    assert snapshot(GOOD + "order: fixed\n").fingerprint() == fixed.fingerprint()
    assert frozen.fingerprint() != fixed.fingerprint()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("order: randon", "35:8: unknown order of statements 'randon'; did you mean 'random'?"),
        ("order: 3", "35:8: unknown order of statements"),
        ("order: [random]", "35:8: "),
    ],
)
def test_a_wrong_order_is_named_with_its_line(line: str, complaint: str) -> None:
    (found,) = complaints(f"{GOOD}{line}\n")
    assert found.startswith(f"sample.yaml:{complaint}"), found
