import numpy as np
import pytest

from survey.change.scale import Scale
from survey.change.self_other import SelfOther, SelfOtherRule, self_other_view

FIVE = Scale(1, 5)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (4.5, 3.0, SelfOther.BLIND_SPOT),
        (4.0, 3.5, SelfOther.BLIND_SPOT),
        (3.0, 4.0, SelfOther.HIDDEN_STRENGTH),
        (3.0, 3.5, SelfOther.HIDDEN_STRENGTH),
        (4.25, 4.0, SelfOther.AGREED_STRENGTH),
        (3.25, 3.5, SelfOther.AGREED_STRENGTH),
        (3.5, 3.4, SelfOther.AGREED_NEED),
        (2.0, 2.25, SelfOther.AGREED_NEED),
    ],
)
def test_the_four_panes(own: float, others: float, expected: SelfOther) -> None:
    view = self_other_view(own, others, FIVE)
    assert view is not None
    assert view.kind is expected
    assert view.gap == pytest.approx(own - others)


def test_a_reversed_scale_gives_the_same_class_and_sign() -> None:
    for own, others in ((4.5, 3.0), (3.0, 4.0), (4.25, 4.0), (2.0, 2.25)):
        assert self_other_view(6 - own, 6 - others, Scale(5, 1)) == self_other_view(
            own, others, FIVE
        )


def test_cut_offs_are_shares_of_the_scale() -> None:
    view = self_other_view(7.0, 6.0, Scale(1, 9))
    assert view is not None
    assert view.kind is SelfOther.BLIND_SPOT  # an eighth of eight points
    tolerant = self_other_view(7.0, 6.0, Scale(1, 9), SelfOtherRule(gap=0.25))
    assert tolerant is not None
    assert tolerant.kind is SelfOther.AGREED_STRENGTH


def test_nothing_to_compare() -> None:
    assert self_other_view(None, 3.0, FIVE) is None
    assert self_other_view(3.0, None, FIVE) is None


def test_what_is_not_on_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="not on the rating scale"):
        self_other_view(6.0, 3.0, FIVE)
    with pytest.raises(ValueError, match="not on the rating scale"):
        self_other_view(float("nan"), 3.0, FIVE)
    with pytest.raises(ValueError, match="ends"):
        Scale(1, 1)


def test_scores_are_turned_to_rise() -> None:
    scores = np.array([1.0, 2.5, np.nan, 5.0])
    np.testing.assert_array_equal(FIVE.rising(scores), scores)
    np.testing.assert_array_equal(Scale(5, 1).rising(scores), [5.0, 3.5, np.nan, 1.0])
    assert Scale(5, 1).length == FIVE.length == 4
