import pytest

from survey.change.multiple import benjamini_hochberg, holm
from tests.change.reference_data import FOUND_BY_R, INPUTS

# Fifteen comparisons of Benjamini and Hochberg (1995), sec. 3.2.
HEART_ATTACKS = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240),
    *(0.4262, 0.5719, 0.6528, 0.7590, 1.0),
]


def below(adjusted: tuple[float | None, ...]) -> int:
    return sum(p is not None and p <= 0.05 for p in adjusted)


def test_both_agree_with_r() -> None:
    assert holm(INPUTS["p_values"]) == pytest.approx(FOUND_BY_R["holm"])
    assert benjamini_hochberg(INPUTS["p_values"]) == pytest.approx(FOUND_BY_R["bh"])


def test_benjamini_and_hochberg_1995_reject_four_where_holm_rejects_three() -> None:
    assert below(benjamini_hochberg(HEART_ATTACKS)) == 4
    assert below(holm(HEART_ATTACKS)) == 3


def test_untested_competencies_do_not_count() -> None:
    assert holm([None, 0.02, None, 0.03]) == (None, 0.04, None, 0.04)
    assert benjamini_hochberg([None, 0.02, None, 0.03]) == (None, 0.03, None, 0.03)
    assert holm([None]) == benjamini_hochberg([None]) == (None,)
    assert holm([]) == benjamini_hochberg([]) == ()


def test_only_probabilities_are_taken() -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([0.5, 1.5])
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([float("nan")])
