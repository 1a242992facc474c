"""How the mentee sees themselves, against how others see them.

The four classes are the panes of the Johari window (Luft and Ingham 1955) in the terms of
Yammarino and Atwater (1997): over-raters, under-raters, and raters in agreement on a high or on a
low level.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from survey.change.scale import Scale


class SelfOther(StrEnum):
    """How self-view and others' view relate."""

    BLIND_SPOT = "blind spot"
    HIDDEN_STRENGTH = "hidden strength"
    AGREED_STRENGTH = "agreed strength"
    AGREED_NEED = "agreed development need"


@dataclass(frozen=True)
class SelfOtherRule:
    """Cut-offs as shares of the scale's length.

    `gap` 1/8 is half a point on five points: the half standard deviation of Atwater and Yammarino
    (1992), as ratings given by different people have a standard deviation near one point.
    `strength` 5/8 is 3.5 on five points: above the midpoint, since raters are lenient.
    """

    gap: float = 1 / 8
    strength: float = 5 / 8


STANDARD_CUTS = SelfOtherRule()


@dataclass(frozen=True)
class SelfOtherView:
    """Gap (self minus others, scale points; positive: sees themselves higher) and class.

    On a scale whose best end is the lower number the sign is turned, so that positive means the
    same.
    """

    gap: float
    kind: SelfOther


def self_other_view(
    self_score: float | None,
    others_mean: float | None,
    scale: Scale,
    rule: SelfOtherRule = STANDARD_CUTS,
) -> SelfOtherView | None:
    """Class one competency, from the self-rating and the mean of the other raters' groups.

    A gap of `rule.gap` or more is a blind spot (sees themselves higher) or a hidden strength (sees
    themselves lower); otherwise the others' mean tells an agreed strength (at `rule.strength` or
    above) from an agreed development need. None when one of the two is missing. Raises ValueError
    for a value that is not on the scale.
    """
    if self_score is None or others_mean is None:
        return None
    own, others = scale.height(self_score), scale.height(others_mean)
    if not (-1e-9 <= own <= 1 + 1e-9 and -1e-9 <= others <= 1 + 1e-9):
        raise ValueError("a score is not on the rating scale")
    gap = own - others
    if gap >= rule.gap - 1e-9:
        kind = SelfOther.BLIND_SPOT
    elif gap <= -rule.gap + 1e-9:
        kind = SelfOther.HIDDEN_STRENGTH
    elif others >= rule.strength - 1e-9:
        kind = SelfOther.AGREED_STRENGTH
    else:
        kind = SelfOther.AGREED_NEED
    return SelfOtherView(gap * scale.length, kind)
