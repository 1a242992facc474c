"""How long to look: a little in every run, as long as one likes by hand.

`FUZZ=50 pytest tests/fuzz` tries fifty times as much, differently each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

FACTOR = int(os.environ.get("FUZZ", "1"))


def tries(count: int) -> settings:
    """Settings for so many examples, the same ones in each run unless one looks for long."""
    return settings(
        max_examples=count * FACTOR,
        derandomize=FACTOR == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
