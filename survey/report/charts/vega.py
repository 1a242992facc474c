"""The drawing library: a Vega specification in, its SVG out."""

from __future__ import annotations

from typing import Any

from survey.report.rendering.client import RENDERER

Spec = dict[str, Any]


def drawn(spec: Spec) -> str:
    """The SVG of a specification, drawn in the process for that. Raises RenderingError."""
    return RENDERER.picture(spec)


def draw(spec: Spec) -> str:
    """Draw it in this process, which from then on holds a JavaScript engine.

    It starts with the first picture (a third of a second) and does not survive a fork.
    """
    import vl_convert

    # An empty list: a picture never loads anything from anywhere.
    return vl_convert.vega_to_svg(spec, allowed_base_urls=[])
