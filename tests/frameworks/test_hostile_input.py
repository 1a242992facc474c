"""Whatever the bytes, the loader answers with a framework or with problems that have a place."""

import re

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from survey.frameworks import Framework, FrameworkError, parse_framework

from .samples import GOOD, TWO_LANGUAGES

FRAGMENTS = st.sampled_from(
    [
        "{", "}", "[", "]", ":", ": ", "- ", "? ", "\n", "\r", "\t", " ", "'", '"', "|", ">", "#",
        ",", "@", "%", "\\", "&a ", "*a", "!t ", "!!str ", "<<: ", "---", "...", '"\\UFFFFFFFF"',
        '"\\uD800"', "yes", "null", "~", "1.0", "9" * 40, "ä", "\x00", "\u2028", "\ufeff",
        "{mentee}", "{mentee: }", "[key]: x", "<text>", "<translations>: x", "self: ", "wording: ",
        "points: ", "groups: ",
    ]
)  # fmt: skip


def check(content: bytes) -> None:
    try:
        result = parse_framework(content, "f.yaml")
    except FrameworkError as error:
        problems = error.problems
    else:
        assert isinstance(result, Framework)
        return
    assert problems
    lines = re.split(rb"\r\n|\r|\n", content)
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        # A column counts characters, of which no line has more than bytes; one past the end is
        # where something is missing.
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.what
        assert "\n" not in str(problem)
        str(problem).encode()


@given(st.binary(max_size=400))
@example(b"'\\")
@example(b"\xef\xbb\xbf\xff")
@example(b"%YAML 1.99999999999999999999\n---\n")
@example(b"%YAML " + b"9" * 5000 + b".1\n---\n")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_bytes(content: bytes) -> None:
    check(content)


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_pieces_of_yaml(text: str) -> None:
    check(text.encode())


@given(st.data())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_valid_files(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([GOOD, TWO_LANGUAGES]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        text = text[:start] + data.draw(FRAGMENTS | st.text(max_size=4)) + text[end:]
    check(text.encode("utf-8", "surrogatepass"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-200, 200) | st.text("ab{}-_1 ", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "text", "self", "en", "value", "mentee"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_valid_files_with_a_part_of_another_shape(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([GOOD, TWO_LANGUAGES])).split("\n")
    number = data.draw(st.integers(0, len(lines) - 2))
    key = re.match(r"[ -]*\w+:", lines[number])
    if key:
        # JSON is YAML; the lines below that belonged to the old value may now be out of place.
        lines[number] = f"{key.group()} {_flow(data.draw(VALUES))}"
    check("\n".join(lines).encode())


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return "null" if value is None else str(value)
