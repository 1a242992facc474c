"""The order in which one rater reads the statements of a competency.

What stands first colours what follows, and what stands last is answered with less care. A framework
that asks for it (`order: random`) is shown in a few orders, and each rater gets one of them. They
are few on purpose: pages are kept ready for each, and an order that only one person saw would be a
mark of that person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from survey.frameworks.questionnaire import GroupForm

T = TypeVar("T")

# As written; begun in the middle; and both of them backwards. Over the four, every statement
# stands on average in the same place, and every two stand as often one way round as the other.
ORDERS = 4


def in_order(form: GroupForm, order: int) -> GroupForm:
    """The form with the statements of each competency in one of the orders, 0 to ORDERS - 1.

    A form whose framework does not ask for it stays as it is. Competencies and open questions stay
    where they are. Raises ValueError for an unknown order.
    """
    if not 0 <= order < ORDERS:
        raise ValueError(f"there is no order {order}; orders are 0 to {ORDERS - 1}")
    if not form.shuffled or order == 0:
        return form
    return replace(
        form,
        competencies=tuple(
            replace(competency, items=_arranged(competency.items, order))
            for competency in form.competencies
        ),
    )


def _arranged(items: Sequence[T], order: int) -> tuple[T, ...]:
    start = len(items) // 2 if order % 2 else 0
    turned = (*items[start:], *items[:start])
    return turned if order < ORDERS // 2 else turned[::-1]
