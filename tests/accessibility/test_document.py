"""What docs/accessibility.md claims is there: every criterion once, every test by its name."""

from __future__ import annotations

import re

from tests.support.live_service import ROOT

TEXT = (ROOT / "docs" / "accessibility.md").read_text()
# All criteria of WCAG 2.2 of the levels A and AA; 4.1.1 is no part of it any more.
A = re.findall(
    r"\S+",
    "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 "
    "2.4.1 2.4.2 2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 "
    "4.1.2",
)
AA = re.findall(
    r"\S+",
    "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 "
    "2.4.11 2.5.7 2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
)
_LINE = re.compile(r"^- \*\*([\d.]+)\*\* (.+?) \((A|AA)\) (met|partly|n/a)[:,] (.{20,})$")
_TEST = re.compile(r"`((?:tests)/[\w/.-]+?)(?:::(\w+))?`")


def criteria() -> dict[str, re.Match[str]]:
    """The line of each criterion, with the lines that go on with it."""
    joined = re.sub(r"\n {2}(?=\S)", " ", TEXT)
    found = [_LINE.match(line) for line in joined.splitlines() if re.match(r"- \*\*\d", line)]
    assert None not in found, "a line is not of the form “- **1.1.1** Name (A) met: how”"
    lines = [one for one in found if one]
    numbers = [one[1] for one in lines]
    assert len(set(numbers)) == len(numbers), "a criterion is listed twice"
    return dict(zip(numbers, lines, strict=True))


def test_every_criterion_is_listed_in_order_with_its_level() -> None:
    listed = criteria()
    assert {number for number, line in listed.items() if line[3] == "A"} == set(A)
    assert {number for number, line in listed.items() if line[3] == "AA"} == set(AA)
    assert list(listed) == sorted(listed, key=lambda number: [*map(int, number.split("."))])


def test_whatever_is_met_names_a_test() -> None:
    for number, line in criteria().items():
        if line[4] != "n/a":
            assert any(test for _, test in _TEST.findall(line[5])), number


def test_every_test_that_is_named_exists() -> None:
    named = _TEST.findall(TEXT)
    assert len(named) > 60
    for path, test in named:
        assert (ROOT / path).exists(), path
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"
