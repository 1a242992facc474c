"""Vega's SVG brought into the form a page can take.

Only known elements and attributes pass: no style attributes, scripts, links or ids, and none of the
roles that Vega gives its groups. The name and the description of the picture are added, so that
for a screen reader it is one image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from survey.report.charts.words import clean

_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset({"g", "path", "line", "rect", "circle", "text", "tspan"})
_NUMBERS = frozenset(
    {"d", "transform", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r"}
    | {"width", "height"}
)
_LOOKS = frozenset(
    {"fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray"}
    | {"stroke-linecap", "stroke-linejoin", "opacity", "text-anchor", "font-size", "font-weight"}
)
_ATTRIBUTES = _NUMBERS | _LOOKS
_MEANS_NOTHING = frozenset({("opacity", "1"), ("text-anchor", "start"), ("font-weight", "400")})
_NOWHERE = re.compile(r"translate\(0(\.0+)?,0(\.0+)?\)")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_MARK = re.compile(r"mark-\w+ role-mark ([a-z-]+)-\d+")
_LOADS_SOMETHING = re.compile(r"url\s*\(|javascript:|expression\s*\(|@import", re.IGNORECASE)
_PREFIX = re.compile(r"[A-Za-z][\w-]*")


@dataclass(frozen=True)
class Naming:
    """How a picture is named: for whom cannot see it, and apart from others on the page.

    `prefix` begins all ids; `size` is the class that lets a page choose between wide and narrow.
    """

    prefix: str
    title: str
    description: str
    size: str

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise ValueError(f"ids cannot begin with {self.prefix!r}")
        if not clean(self.title):
            raise ValueError("a picture needs a name")


def finished(drawn: str, naming: Naming, font: str | None = None) -> str:
    """The drawn SVG, cleaned, named and in one font: the page's own, or the given family."""
    source = ElementTree.fromstring(drawn)  # noqa: S314 - made here by the library, not received
    box = source.get("viewBox", "")
    width, height = box.split()[2:]
    root = Element("svg", {"xmlns": _NAMESPACE, "class": f"picture {naming.size}", "viewBox": box})
    # How wide texts are is estimated; in a broad font one may reach a little beyond the edge.
    root.attrib |= {"width": width, "height": height, "overflow": "visible", "role": "img"}
    for kind, text in (("title", naming.title), ("desc", naming.description)):
        if text := clean(text):
            named = ElementTree.SubElement(root, kind, {"id": f"{naming.prefix}-{kind}"})
            named.text = text
            link = "aria-labelledby" if kind == "title" else "aria-describedby"
            root.set(link, f"{naming.prefix}-{kind}")
    if font:
        root.set("font-family", clean(font))
    root.extend(_cleaned_children(source))
    return ElementTree.tostring(root, encoding="unicode")


def _cleaned_children(parent: Element) -> list[Element]:
    return [kept for child in parent for kept in _cleaned(child)]


def _cleaned(element: Element) -> list[Element]:
    """What remains of an element: nothing, itself, or of an empty group its children."""
    kind = element.tag.rpartition("}")[2]
    classes = element.get("class", "")
    if kind not in _ELEMENTS or classes in ("background", "foreground"):
        return []
    kept = Element(kind, _attributes(element))
    if mark := _MARK.fullmatch(classes):
        kept.set("data-mark", mark[1])
    kept.text = element.text if kind in ("text", "tspan") else None
    kept.extend(_cleaned_children(element))
    if kind == "g" and not len(kept):
        return []
    return list(kept) if kind == "g" and not kept.attrib else [kept]


def _attributes(element: Element) -> dict[str, str]:
    given = _declarations(element.get("style", "")) | dict(element.attrib)
    kept = {}
    for name, value in given.items():
        if name not in _ATTRIBUTES or (name, value) in _MEANS_NOTHING:
            continue
        if _LOADS_SOMETHING.search(value) or _NOWHERE.fullmatch(value):
            continue
        kept[name] = _LONG_NUMBER.sub(_short, value) if name in _NUMBERS else value
    return kept


def _declarations(style: str) -> dict[str, str]:
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
