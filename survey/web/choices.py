"""What a list, radio buttons or checkboxes offer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# The stubs for WTForms do not know it yet.
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]


def offered(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Choices from their values, as they are sent, and their labels, as people read them."""
    return [SelectChoice(value, label) for value, label in pairs]
