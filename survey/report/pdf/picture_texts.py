"""The texts of a picture, lifted out of it to be set like all others.

Typst cannot tell a screen reader what Arabic and other joined letters within an SVG stand for, and
then sets no accessible document at all. So a picture with such letters goes to the template as a
picture without texts, and its texts beside it, each with its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_PLACE = re.compile(r"translate\(([-\d.]+),([-\d.]+)\)")
_ANCHORS = {"middle": "middle", "end": "end"}
_RIGHT_TO_LEFT = ("R", "AL")
# Invisible marks around a line; the template gives each line its direction itself.
_MARKS = "\u2068\u2069"


def with_texts_apart(svg: str) -> dict[str, Any]:
    """The picture for the template: `svg`, its size in pixels, and `texts` that were lifted out.

    A picture without letters that run from right to left stays as it is.
    """
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in svg):
        return {"svg": svg, "texts": []}
    ElementTree.register_namespace("", _NAMESPACE[1:-1])
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn here, not received
    texts = list(_lifted(root, 0, 0))
    width, height = root.get("viewBox", "").split()[2:]
    return {
        "svg": ElementTree.tostring(root, encoding="unicode"),
        "width": float(width),
        "height": float(height),
        "texts": texts,
    }


def _lifted(parent: Element, x: float, y: float) -> Iterator[dict[str, Any]]:
    for element in list(parent):
        moved_x, moved_y = x, y
        if place := _PLACE.fullmatch(element.get("transform", "")):
            moved_x, moved_y = x + float(place[1]), y + float(place[2])
        if element.tag == f"{_NAMESPACE}text":
            parent.remove(element)
            yield from _lines(element, moved_x, moved_y)
        else:
            yield from _lifted(element, moved_x, moved_y)


def _lines(text: Element, x: float, y: float) -> Iterator[dict[str, Any]]:
    looks = {
        "x": x,
        "anchor": _ANCHORS.get(text.get("text-anchor", ""), "start"),
        "size": float(text.get("font-size", "12px").removesuffix("px")),
        "weight": int(text.get("font-weight", "400")),
        "fill": text.get("fill"),
    }
    # Lines are pieces, the first of which may be the element's own text.
    lines = [(text.text or "", 0.0), *((t.text or "", float(t.get("dy", 0))) for t in text)]
    for line, down in lines:
        y += down
        if line:
            yield looks | {"y": y, "to_left": _runs_to_left(line), "text": line.strip(_MARKS)}


def _runs_to_left(line: str) -> bool:
    """Whether the first letter says so; a figure has none, and runs to the right."""
    strong = (way for c in line if (way := unicodedata.bidirectional(c)) in ("L", *_RIGHT_TO_LEFT))
    return next(strong, "L") in _RIGHT_TO_LEFT
