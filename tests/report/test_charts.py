"""The large pictures: marks stand where the numbers say, and the SVG is fit for a strict page."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from survey.report import charts
from survey.report.charts import words
from survey.report.charts.dumbbells import DumbbellRow, dumbbells
from survey.report.charts.palette import ON_PAPER, ON_SCREEN
from survey.report.charts.radar import RadarAxis, radar
from survey.report.charts.rating_scale import RatingScale
from survey.report.charts.svg import Naming, finished
from survey.report.charts.trend import TrendPanel, trend

SVG = "{http://www.w3.org/2000/svg}"
SCALE = RatingScale(1, 5, "Never", "Always")
HOSTILE = (
    "<script>alert(1)</script>",
    'Tom & Jerry\'s "best" ]]> <!-- -->',
    "قيادة الفريق بوضوح",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung" * 3,
    "a\x00b\x1b[31m\ud800c\u2028d",
    "",
    "{{ 7 * 7 }} url(https://evil.example/) javascript:x",
)

LISTENING = DumbbellRow("Listening", 2.5, 3.7, 0.6, 1.8, 4.0, True, "clear rise")
DELEGATING = DumbbellRow("Delegating", 4.0, 3.5, -1.2, 0.2, 3.0, False, "no clear change")


def draw_dumbbells(label: str = "Listening", **options: object) -> str:
    rows = [replace(LISTENING, label=label), replace(DELEGATING, verdict=label)]
    return dumbbells(rows, SCALE, **({"title": label, "prefix": "d"} | options))


def draw_radar(label: str = "Listening", **options: object) -> str:
    axes = [RadarAxis(label, 3.0 + i / 5, 2.0 + i / 5, 4.0 - i / 5) for i in range(5)]
    return radar(axes, SCALE, **({"title": label, "prefix": "r"} | options))


def draw_trend(label: str = "Listening", **options: object) -> str:
    panels = [TrendPanel(label, (2.0, None, 3.0), (3.0, 3.5, 4.0))] * 4
    rounds = ("Before\nMar 2026", label, "After\nMar 2027")
    return trend(panels, rounds, SCALE, **({"title": label, "prefix": "t"} | options))


DRAWN: dict[str, Callable[..., str]] = {
    "dumbbells": draw_dumbbells,
    "radar": draw_radar,
    "trend": draw_trend,
}
every_picture = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
both_sizes = pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])


@dataclass(frozen=True)
class Found:
    """A mark as it stands on the picture, all groups around it added up."""

    x: float
    y: float
    dx: float
    dy: float
    text: str
    element: Element


class Picture:
    """An SVG, read back."""

    def __init__(self, svg: str) -> None:
        self.root = ElementTree.fromstring(svg)
        self.width, self.height = (float(n) for n in self.root.get("viewBox", "").split()[2:])
        self._marks: dict[str, list[Found]] = {}
        self._collect(self.root, 0, 0, "")

    def __getitem__(self, mark: str) -> list[Found]:
        return self._marks.get(mark, [])

    @property
    def texts(self) -> list[str]:
        return [" ".join(t.itertext()) for t in self.root.iter(f"{SVG}text")]

    def scale(self, mark: str = "tick", axis: str = "x") -> Callable[[float], float]:
        """Where a value stands, from the first and the last tick."""
        ticks = self[mark]
        (v1, p1), (v2, p2) = (
            (float(t.text.replace("−", "-")), getattr(t, axis)) for t in (ticks[0], ticks[-1])
        )
        return lambda value: p1 + (value - v1) / (v2 - v1) * (p2 - p1)

    def _collect(self, element: Element, x: float, y: float, mark: str) -> None:
        if place := re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\)", element.get("transform", "")):
            x, y = x + float(place[1]), y + float(place[2])
        mark = element.get("data-mark", mark)
        if element.tag in {SVG + kind for kind in ("path", "line", "text")}:
            dx, dy = (float(element.get(name, 0)) for name in ("x2", "y2"))
            text = " ".join(element.itertext())
            self._marks.setdefault(mark, []).append(Found(x, y, dx, dy, text, element))
        for child in element:
            self._collect(child, x, y, mark)


def corners(found: Found) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a bar."""
    x, y, wide, high = (
        float(n)
        for n in re.fullmatch(
            r"M([-\d.]+),([-\d.]+)h([-\d.]+)v([-\d.]+)h[-\d.]+Z", found.element.get("d", "")
        ).groups()
    )
    return found.x + x, found.y + y, found.x + x + wide, found.y + y + high


def vertices(found: Found) -> list[list[tuple[float, float]]]:
    """The pieces of a line, each a list of points."""
    pieces = re.findall(r"M([^M]+)", found.element.get("d", ""))
    return [
        [tuple(float(n) for n in point.split(",")) for point in piece.rstrip("Z").split("L")]
        for piece in pieces
    ]


# Where things stand


@both_sizes
def test_marks_stand_where_the_ticks_say(narrow: bool) -> None:
    picture = Picture(draw_dumbbells(narrow=narrow))
    at = picture.scale()
    for mark, values in (("before", (2.5, 4.0)), ("after", (3.7, 3.5)), ("own", (4.0, 3.0))):
        assert [m.x for m in picture[mark]] == pytest.approx([at(v) for v in values], abs=0.02)
    assert [(m.x, m.x + m.dx) for m in picture["link"]] == [
        (pytest.approx(at(2.5), abs=0.02), pytest.approx(at(3.7), abs=0.02)),
        # A line that falls is drawn towards the left.
        (pytest.approx(at(4.0), abs=0.02), pytest.approx(at(3.5), abs=0.02)),
    ]


@both_sizes
def test_the_band_is_the_range_of_the_change_and_ends_with_the_scale(narrow: bool) -> None:
    rows = [
        LISTENING,
        replace(LISTENING, change_low=-9.0, change_high=9.0),
        replace(LISTENING, change_low=3.0, change_high=4.0),
        replace(LISTENING, before=None),
        replace(LISTENING, change_low=None),
    ]
    picture = Picture(dumbbells(rows, SCALE, title="T", prefix="d", narrow=narrow))
    at = picture.scale()
    bands = [(m.x, m.x + m.dx) for m in picture["band"]]
    # 2.5 + 0.6 to 2.5 + 1.8; the whole scale; the third lies beyond it; the others have none.
    assert bands == [
        (pytest.approx(at(3.1), abs=0.02), pytest.approx(at(4.3), abs=0.02)),
        (pytest.approx(at(1), abs=0.02), pytest.approx(at(5), abs=0.02)),
    ]


@both_sizes
def test_rows_keep_their_order_and_marks_of_a_row_their_height(narrow: bool) -> None:
    names = ["Zebra", "Apple", "Mango", "Kiwi"]
    rows = [replace(LISTENING, label=name) for name in names]
    picture = Picture(dumbbells(rows, SCALE, title="T", prefix="d", narrow=narrow))
    labels = picture["label"]
    assert [label.text for label in labels] == names
    assert [label.y for label in labels] == sorted(label.y for label in labels)
    heights = [[m.y for m in picture[mark]] for mark in ("before", "after", "own", "link", "band")]
    assert all(each == heights[0] for each in heights)
    for label, middle in zip(labels, heights[0], strict=True):
        assert 0 < middle - label.y < 30 if narrow else abs(middle - label.y) < 8


def test_what_is_missing_is_left_out() -> None:
    rows = [
        DumbbellRow("Nothing", None, None, None, None, None, False, ""),
        DumbbellRow("After only", None, 3.0, 0.1, 0.5, None, False, "cannot be compared"),
        DumbbellRow("Own only", None, None, None, None, 2.0, False, "not shown"),
        replace(LISTENING, goal_linked=False),
    ]
    picture = Picture(dumbbells(rows, SCALE, title="T", prefix="d"))
    counts = {m: len(picture[m]) for m in ("before", "after", "own", "link", "band", "goal")}
    assert counts == {"before": 1, "after": 2, "own": 2, "link": 1, "band": 1, "goal": 0}
    assert [f.text for f in picture["figure"]] == ["–", "–", "–", "+1.2"]
    assert len(picture["label"]) == 4


def test_the_legend_names_only_what_is_shown() -> None:
    rows = [DumbbellRow("L", None, 3.04, None, None, None, False, "")]
    picture = Picture(dumbbells(rows, SCALE, title="T", prefix="d"))
    assert [entry.text for entry in picture["legend"]] == ["After"]
    assert [f.text for f in picture["figure"]] == ["3.0"]
    assert [entry.text for entry in Picture(draw_dumbbells())["legend"]] == [
        "Before",
        "After",
        "Own view",
        "Likely range of the change",
        "Linked to the goal",
    ]


def test_change_verdict_and_goal_are_said_in_words_and_shapes() -> None:
    picture = Picture(draw_dumbbells())
    assert [f.text for f in picture["figure"]] == ["+1.2", "−0.5"]
    assert picture["remark"][0].text == "clear rise"
    assert len(picture["goal"]) == 1
    assert picture["goal"][0].x < picture["label"][0].x
    narrow = Picture(dumbbells([LISTENING], SCALE, title="T", prefix="d", narrow=True))
    assert narrow["figure"][0].text == "+1.2 clear rise"
    told = replace(LISTENING, change_text="≥ +0.3")
    assert Picture(dumbbells([told], SCALE, title="T", prefix="d"))["figure"][0].text == "≥ +0.3"


def test_before_and_after_differ_in_shape_and_lightness_not_only_hue() -> None:
    picture = Picture(draw_dumbbells(palette=ON_PAPER))
    before, after = picture["before"][0].element, picture["after"][0].element
    assert before.get("fill") == ON_PAPER.card
    assert before.get("stroke") == ON_PAPER.before
    assert after.get("fill") == ON_PAPER.after
    assert _lightness(ON_PAPER.before) - _lightness(ON_PAPER.after) > 20
    for colour in (ON_PAPER.before, ON_PAPER.after, ON_PAPER.own, ON_PAPER.edge):
        assert _contrast(colour, ON_PAPER.card) > 3
    for colour in (ON_PAPER.ink, ON_PAPER.muted):
        assert _contrast(colour, ON_PAPER.card) > 4.5


@pytest.mark.parametrize("value", [0.5, 5.2, math.nan, math.inf])
def test_values_that_are_no_ratings_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not on the scale"):
        dumbbells([replace(LISTENING, after=value)], SCALE, title="T", prefix="d")


def test_a_mean_at_the_end_of_the_scale_may_have_noise() -> None:
    picture = Picture(dumbbells([replace(LISTENING, after=5 + 1e-9)], SCALE, title="T", prefix="d"))
    assert picture["after"][0].x == pytest.approx(picture.scale()(5), abs=0.02)


def test_long_scales_name_some_of_their_points() -> None:
    assert RatingScale(1, 5).points == (1, 2, 3, 4, 5)
    assert RatingScale(0, 10).points == tuple(range(11))
    assert RatingScale(0, 100).points == tuple(range(0, 101, 10))
    with pytest.raises(ValueError, match="not a scale"):
        RatingScale(5, 5)


@pytest.mark.parametrize("count", [3, 8, 20])
@both_sizes
def test_a_radar_puts_each_value_on_its_spoke(count: int, narrow: bool) -> None:
    axes = [RadarAxis(f"C{i}", 1 + 4 * i / count, 3.0, None) for i in range(count)]
    picture = Picture(radar(axes, SCALE, title="T", prefix="r", narrow=narrow))
    centre, rim = picture["spoke"][0], math.hypot(picture["spoke"][0].dx, picture["spoke"][0].dy)
    for index, mark in enumerate(picture["after"]):
        angle = 2 * math.pi * index / count
        reach = rim * (axes[index].after - 1) / 4
        assert mark.x - centre.x == pytest.approx(reach * math.sin(angle), abs=0.05)
        assert mark.y - centre.y == pytest.approx(-reach * math.cos(angle), abs=0.05)
    assert len(picture["before"]) == count
    assert not picture["own"]
    assert {label.text for label in picture["label"]} == {axis.label for axis in axes}
    assert len(picture["label"]) == count


def test_a_radar_breaks_its_outline_where_a_value_is_missing() -> None:
    axes = [RadarAxis(f"C{i}", None if i == 2 else 3.0, 3.0, None) for i in range(6)]
    picture = Picture(radar(axes, SCALE, title="T", prefix="r"))
    assert [len(piece) for piece in vertices(picture["after-line"][0])] == [2, 4]
    assert [len(piece) for piece in vertices(picture["before-line"][0])] == [7]
    assert not picture["area"]


@pytest.mark.parametrize("count", [2, 21])
def test_a_radar_has_three_to_twenty_spokes(count: int) -> None:
    with pytest.raises(ValueError, match="spokes"):
        radar([RadarAxis("C", 3, 3, 3)] * count, SCALE, title="T", prefix="r")


def test_labels_of_a_full_radar_do_not_overlap() -> None:
    long = "Handling conflict openly and fairly, also under pressure"
    axes = [RadarAxis(long if i % 2 else "Short", 3.0, 3.0, 3.0) for i in range(20)]
    picture = Picture(radar(axes, SCALE, title="T", prefix="r"))
    boxes = [_text_box(label) for label in picture["label"]]
    for index, one in enumerate(boxes):
        assert one[0] >= 0
        assert one[2] <= picture.width
        assert one[3] <= picture.height
        for other in boxes[index + 1 :]:
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert across <= 0 or down <= 0


@both_sizes
def test_a_trend_breaks_where_a_round_is_missing(narrow: bool) -> None:
    panels = [
        TrendPanel("A", (2.0, None, 3.0, 4.0), (3.0, 3.5, None, 1.0)),
        TrendPanel("B", (None, None, None, None), (2.0, 2.0, 2.0, 2.0)),
    ]
    rounds = ("Before\nMar 2026", "Interim", "Interim", "After\nMar 2027")
    picture = Picture(trend(panels, rounds, SCALE, title="T", prefix="t", narrow=narrow))
    first = picture["tick"][:5]
    assert [tick.text for tick in first] == ["1", "2", "3", "4", "5"]
    unit = (first[0].y - first[4].y) / 4
    # A tick's text stands a little lower than its line.
    base = picture["grid"][0].y
    expected = [base - unit * (value - 1) for value in (2.0, 3.0, 4.0)]
    assert [m.y for m in picture["others"]] == pytest.approx(expected, abs=0.02)
    lines = [line.x for line in picture["round-line"][:4]]
    assert [m.x for m in picture["others"]] == pytest.approx([lines[i] for i in (0, 2, 3)])
    assert [len(piece) for piece in vertices(picture["others-line"][0])] == [1, 2]
    # The second picture's line starts anew.
    assert [len(piece) for piece in vertices(picture["own-line"][0])] == [2, 1, 4]
    line = picture["own-line"][0]
    corners_of_line = [(line.x + x, line.y + y) for piece in vertices(line) for x, y in piece]
    assert corners_of_line == [
        (pytest.approx(m.x, abs=0.02), pytest.approx(m.y, abs=0.02)) for m in picture["own"]
    ]
    assert "Before Mar 2026" in [name.text for name in picture["round"]]
    assert [value.text for value in picture["value"]] == ["4.0", "1.0", "2.0"]


def test_a_trend_checks_its_rounds() -> None:
    with pytest.raises(ValueError, match="two rounds"):
        trend([], ["Before"], SCALE, title="T", prefix="t")
    with pytest.raises(ValueError, match="'A' does not have a value"):
        trend([TrendPanel("A", (1, 2), (1,))], ["a", "b"], SCALE, title="T", prefix="t")


# Fit for the page


@every_picture
@both_sizes
@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_stay_text(draw: Callable[..., str], narrow: bool, label: str) -> None:
    svg = draw(label, title="Name", narrow=narrow)
    root = ElementTree.fromstring(svg)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "g", "path", "line", "text", "tspan"}
    for element in root.iter():
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert "href" not in name
            assert "evil" not in value
            assert "script" not in value
    if label == "<script>alert(1)</script>":
        text = "".join(Picture(svg).texts)
        assert "<script>" in text.replace(" ", "")
        assert "&lt;script&gt;" in svg.replace(" ", "")


def test_right_to_left_text_keeps_its_order_and_other_scripts_their_letters() -> None:
    picture = Picture(draw_dumbbells("قيادة الفريق"))
    assert picture["label"][0].text == "قيادة الفريق"
    assert Picture(draw_dumbbells("领导力"))["label"][0].text == "领导力"


@every_picture
@both_sizes
def test_one_image_with_a_name_for_screen_readers(draw: Callable[..., str], narrow: bool) -> None:
    root = ElementTree.fromstring(draw(title="What changed", prefix="one", narrow=narrow))
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (title.text, title.get("id")) == ("What changed", "one-title")
    assert root.get("aria-labelledby") == "one-title"
    assert root.get("aria-describedby") == desc.get("id") == "one-desc"
    assert len(desc.text) > 20
    inside = [element for element in root.iter() if element is not root]
    assert not [e for e in inside if {"role", "aria-label", "aria-roledescription"} & set(e.attrib)]
    given = ElementTree.fromstring(draw(description="In my own words.", narrow=narrow))
    assert given.find(f"{SVG}desc").text == "In my own words."


@every_picture
def test_ids_begin_with_the_prefix_and_the_class_tells_the_size(draw: Callable[..., str]) -> None:
    for narrow, name in ((False, "picture wide"), (True, "picture narrow")):
        root = ElementTree.fromstring(draw(prefix="c7-x", narrow=narrow))
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert ids == ["c7-x-title", "c7-x-desc"]
        assert root.get("class") == name
    for prefix in ("", "7", 'a"b', "a b"):
        with pytest.raises(ValueError, match="ids cannot begin"):
            draw(prefix=prefix)
    with pytest.raises(ValueError, match="needs a name"):
        draw(title=" ")


@every_picture
def test_the_same_input_gives_the_same_bytes(draw: Callable[..., str]) -> None:
    first = draw()
    drawn: list[str] = []
    threads = [Thread(target=lambda: drawn.append(draw())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [first] * 4


@every_picture
@both_sizes
def test_colours_come_from_the_palette_alone(draw: Callable[..., str], narrow: bool) -> None:
    for palette in (ON_SCREEN, ON_PAPER):
        root = ElementTree.fromstring(draw(palette=palette, narrow=narrow))
        used = {e.get(name) for e in root.iter() for name in ("fill", "stroke")} - {None, "none"}
        assert used <= set(astuple(palette))
        assert palette.ink in used


def test_screen_colours_are_properties_of_the_style_sheets() -> None:
    static = Path(__file__).parents[2] / "survey" / "web" / "static"
    sheets = "".join((static / name).read_text() for name in ("style.css", "desk.css"))
    for colour in astuple(ON_SCREEN):
        name = re.fullmatch(r"var\((--[a-z]+)\)", colour)[1]
        assert f"{name}:" in sheets


@every_picture
def test_the_font_is_the_pages_own_or_the_given_one(draw: Callable[..., str]) -> None:
    assert "font-family" not in draw()
    root = ElementTree.fromstring(draw(font="Noto Sans", palette=ON_PAPER))
    assert root.get("font-family") == "Noto Sans"
    assert [e for e in root.iter() if e.get("font-family")] == [root]


@every_picture
@both_sizes
def test_nothing_reaches_beyond_the_picture(draw: Callable[..., str], narrow: bool) -> None:
    picture = Picture(draw("A rather long name of a competency, as they come", narrow=narrow))
    for marks in picture._marks.values():
        for mark in marks:
            left, top, right, bottom = (
                _text_box(mark) if mark.text else (mark.x, mark.y, mark.x, mark.y)
            )
            assert left >= -1
            assert right <= picture.width + 1
            assert top >= -1
            assert bottom <= picture.height + 1


def test_whatever_the_library_adds_is_taken_out() -> None:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="x()"><style>a{}</style>'
        '<script>x()</script><g role="graphics-object" aria-roledescription="mark">'
        '<a href="javascript:x()"><text>gone</text></a><foreignObject/><image href="http://x"/>'
        '<path d="M0.123456,1" id="p" onclick="x()" fill="url(http://x)"'
        ' style="stroke: red; cursor:pointer;stroke-width:2"/></g></svg>'
    )
    root = ElementTree.fromstring(finished(drawn, Naming("p", "T", "", "wide")))
    assert [child.tag for child in root] == [f"{SVG}title", f"{SVG}path"]
    assert root[1].attrib == {"d": "M0.12,1", "stroke": "red", "stroke-width": "2"}
    assert "onload" not in root.attrib


def test_figures_are_rounded_as_in_the_tables() -> None:
    assert [words.signed(v) for v in (0.25, -0.25, 0.04, -0.04, 1)] == [
        "+0.3",
        "−0.3",
        "0.0",
        "0.0",
        "+1.0",
    ]
    assert words.figure(3.25) == "3.3"


def test_texts_break_between_words_and_end_in_an_ellipsis() -> None:
    assert words.wrapped("one two three", 10, 45) == ["one two", "three"]
    assert words.wrapped("abcdefghij", 10, 31) == ["abcde", "fghij"]
    lines = words.wrapped("word " * 50, 10, 60, most=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(words.width(line, 10) <= 60 for line in lines)


# The pictures themselves, and the process that draws them.
_OF_PICTURES = ("survey.report.charts", "survey.report.rendering")


def test_the_pictures_know_nothing_of_the_rest() -> None:
    folder = Path(charts.__file__).parent
    for module in folder.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("survey") or name.startswith(_OF_PICTURES), name
                assert name.partition(".")[0] not in ("flask", "sqlalchemy")


def _text_box(mark: Found) -> tuple[float, float, float, float]:
    """About the box of a text: left, top, right, bottom."""
    size = float(mark.element.get("font-size", "0").removesuffix("px"))
    lines = [t.text or "" for t in mark.element] or [mark.text]
    wide = max(words.width(line, size) for line in lines)
    leading = float(mark.element[1].get("dy", 0)) if len(mark.element) > 1 else 0
    left = mark.x - wide * {"end": 1, "middle": 0.5}.get(mark.element.get("text-anchor", ""), 0)
    return left, mark.y - size * 0.75, left + wide, mark.y + (len(lines) - 1) * leading + 2


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lightness(colour: str) -> float:
    return 116 * _luminance(colour) ** (1 / 3) - 16


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
