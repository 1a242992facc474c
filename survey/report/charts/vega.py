"""The drawing library: a Vega specification in, its SVG out.

Vega runs in a JavaScript engine inside this process. The engine starts with the first picture
(a third of a second) and keeps about 100 MB. It does not survive a fork: it must start in the
process that draws.
"""

from __future__ import annotations

from typing import Any

import vl_convert

Spec = dict[str, Any]


def drawn(spec: Spec) -> str:
    """The SVG of a specification. Safe to call from several threads."""
    # An empty list: a picture never loads anything from anywhere.
    return vl_convert.vega_to_svg(spec, allowed_base_urls=[])


def warm_up() -> None:
    """Start the engine, so that the first reader does not wait for it. Never before a fork."""
    drawn({"width": 1, "height": 1, "marks": [{"type": "text"}]})
