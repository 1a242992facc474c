"""What R found (`reference/reference.R`), and the data that it was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FOLDER = Path(__file__).parent / "reference"
INPUTS: dict[str, Any] = json.loads((_FOLDER / "inputs.json").read_text())
FOUND_BY_R: dict[str, Any] = json.loads((_FOLDER / "reference.json").read_text())


def array(values: Any) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def column(values: Any) -> NDArray[np.float64]:
    """One competency: shape (raters, 1)."""
    return array(values)[:, np.newaxis]
