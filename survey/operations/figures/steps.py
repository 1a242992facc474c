"""Numbers so coarse that one more or less does not show, but rarely."""

from __future__ import annotations

_LEAST = 10


def step(number: int) -> int:
    """0 below ten, then 10, 100, 1000 and so on: the power of ten that was reached."""
    if number < _LEAST:
        return 0
    result: int = 10 ** (len(str(number)) - 1)
    return result
