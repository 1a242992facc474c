"""A picture as it is put together: marks in order, each at a pixel or at a value of a scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from survey.report.charts import vega
from survey.report.charts.svg import Naming, finished

Point = Mapping[str, Any]

DIAMOND = "diamond"
CIRCLE = "circle"
# A pole with a pennant, in a box from -1 to 1.
FLAG = "M-.75,-1L-.45,-1L-.45,-.9L.9,-.4L-.45,.15L-.45,1L-.75,1Z"

# Invisible marks around a text that runs as its own first letter does.
_OWN_WAY, _END = "\u2068", "\u2069"
_MIRRORED = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Paint:
    """How a mark is filled and drawn; a colour of None: not at all."""

    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0
    dash: tuple[float, ...] = ()
    opacity: float = 1
    cap: str = "butt"


@dataclass(frozen=True)
class Type:
    """How a text is set."""

    size: float
    colour: str
    weight: int = 400
    line_height: float = 0

    @property
    def leading(self) -> float:
        """From one line to the next."""
        return self.line_height or round(self.size * 1.3)


class Drawing:
    """Marks, drawn in the order in which their names are first added.

    Points are mappings: `x` and `y`, for rules and bars also `x2` and `y2`, for texts `text`. The
    arguments `x` and `y` of a method name the scale on which these are; without, they are pixels.
    """

    def __init__(self, *, to_left: bool = False) -> None:
        """`to_left`: for readers from right to left, turned round once it is put together."""
        self._to_left = to_left
        self._origin = (0.0, 0.0)
        self._scales: list[Any] = []
        self._data: list[Any] = []
        self._marks: list[Any] = []

    def move_to(self, x: float, y: float) -> None:
        """Count all that follows, also on scales, from this origin."""
        self._origin = (x, y)

    def scale(self, name: str, domain: tuple[float, float], span: tuple[float, float]) -> None:
        """Values of the domain lie in the span of pixels, evenly."""
        self._scales.append(
            {"name": name, "type": "linear", "zero": False, "domain": domain, "range": span}
        )

    def rules(
        self, name: str, points: Iterable[Point], paint: Paint, x: str = "", y: str = ""
    ) -> None:
        """Straight lines from x, y to x2, y2."""
        self._add("rule", name, points, "x y x2 y2", _looks(paint), x, y)

    def symbols(
        self,
        name: str,
        points: Iterable[Point],
        shape: str,
        radius: float,
        paint: Paint,
        x: str = "",
        y: str = "",
    ) -> None:
        """One shape around every point."""
        form = {"shape": {"value": shape}, "size": {"value": (2 * radius) ** 2}}
        self._add("symbol", name, points, "x y", form | _looks(paint), x, y)

    def path(
        self, name: str, points: Iterable[Point], paint: Paint, x: str = "", y: str = ""
    ) -> None:
        """One line through all points, broken where x or y is None."""
        where = {"defined": {"signal": "isValid(datum.x) && isValid(datum.y)"}}
        self._add("line", name, points, "x y", where | _looks(paint), x, y)

    def texts(
        self,
        name: str,
        points: Iterable[Point],
        type_: Type,
        align: str = "left",
        x: str = "",
        y: str = "",
        down: float = 0,
    ) -> None:
        """Texts with the first baseline at y, or further down; a list stands line by line."""
        form = {
            "text": {"field": "text"},
            "align": {"value": align},
            "fontSize": {"value": type_.size},
            "fontWeight": {"value": type_.weight},
            "lineHeight": {"value": type_.leading},
            "fill": {"value": type_.colour},
            "dy": {"value": down},
        }
        self._add("text", name, points, "x y", form, x, y)

    def svg(self, width: float, height: float, naming: Naming, font: str | None) -> str:
        """The finished picture."""
        size = {"width": width, "height": round(height), "padding": 0, "autosize": "none"}
        if self._to_left:
            self._turn_round(width)
        return finished(vega.drawn(size | self._body()), naming, font)

    def _turn_round(self, width: float) -> None:
        """Let everything begin at the right, as in a mirror; texts and shapes stay as they are.

        Each line of text gets the direction of its own first letter, whatever stands around the
        picture.
        """
        for data, mark in zip(self._data, self._marks, strict=True):
            encoding = mark["encode"]["enter"]
            on_scale = "scale" in encoding["x"]
            for field in ("x", "x2") if on_scale else ():
                if field in encoding:
                    encoding[field]["mult"] = -1
            for point in data["values"]:
                if on_scale:
                    point["over"] = width - point.get("over", 0)
                for field in () if on_scale else ("x", "x2"):
                    if point.get(field) is not None:
                        point[field] = width - point[field]
                if "text" in point:
                    text = point["text"]
                    lines = [text] if isinstance(text, str) else text
                    turned = [f"{_OWN_WAY}{line}{_END}" for line in lines]
                    point["text"] = turned[0] if isinstance(text, str) else turned
            if "align" in encoding:
                align = encoding["align"]["value"]
                encoding["align"] = {"value": _MIRRORED.get(align, align)}

    def _body(self) -> dict[str, Any]:
        return {"data": self._data, "scales": self._scales, "marks": self._marks}

    def _add(
        self, kind: str, name: str, points: Iterable[Point], fields: str, looks: Any, x: str, y: str
    ) -> None:
        values = [self._moved(point, x, y) for point in points]
        if not values:
            return
        encoding = _places(fields.split(), x, y) | looks
        # Vega's time goes by the number of marks, so points that look the same share one.
        for mark, data in zip(self._marks, self._data, strict=True):
            is_same = (mark["type"], mark["name"].rpartition("-")[0]) == (kind, name)
            if is_same and mark["encode"]["enter"] == encoding:
                between = [{"x": None, "y": None}] if kind == "line" else []
                data["values"] += [*between, *values]
                return
        # Vega wants every name once; the number is taken off again when the SVG is cleaned.
        number = len(self._marks)
        self._data.append({"name": f"data-{number}", "values": values})
        mark = {"type": kind, "name": f"{name}-{number}", "from": {"data": f"data-{number}"}}
        self._marks.append(mark | {"encode": {"enter": encoding}})

    def _moved(self, point: Point, x: str, y: str) -> dict[str, Any]:
        """The point from the origin: added to pixels, and kept for later beside a value."""
        moved = dict(point)
        for scale, fields, by, shift in (
            (x, ("x", "x2"), "over", self._origin[0]),
            (y, ("y", "y2"), "down", self._origin[1]),
        ):
            if scale:
                moved[by] = shift
            else:
                moved |= {f: moved[f] + shift for f in fields if moved.get(f) is not None}
        return moved


def _places(fields: Iterable[str], x: str, y: str) -> dict[str, Any]:
    places: dict[str, Any] = {}
    for field in fields:
        scale, by = (x, "over") if field.startswith("x") else (y, "down")
        at_value = {"scale": scale, "offset": {"field": by}} if scale else {}
        places[field] = {"field": field} | at_value
    return places


def _looks(paint: Paint) -> dict[str, Any]:
    looks: dict[str, Any] = {}
    if paint.fill:
        looks["fill"] = {"value": paint.fill}
    if paint.stroke:
        looks["stroke"] = {"value": paint.stroke}
        looks["strokeWidth"] = {"value": paint.stroke_width}
        looks["strokeCap"] = {"value": paint.cap}
    if paint.dash:
        looks["strokeDash"] = {"value": paint.dash}
    if paint.opacity != 1:
        looks["opacity"] = {"value": paint.opacity}
    return looks
