"""What is refused before or while reading YAML, whatever it is meant to hold."""

import time

import pytest

from survey.frameworks.problems import FrameworkError
from survey.frameworks.yaml_source import read_yaml

from .samples import broken, complaints

TITLE = "title: Leadership"


def test_values_and_keys_have_positions() -> None:
    document = read_yaml(b"a: [1, {b: x}]\n# remark\nlong:\n  deep: 'q'\n", "f.yaml")
    assert document.data == {"a": [1, {"b": "x"}], "long": {"deep": "q"}}
    assert document.values == {
        (): (1, 1),
        ("a",): (1, 4),
        ("a", 0): (1, 5),
        ("a", 1): (1, 8),
        ("a", 1, "b"): (1, 12),
        ("long",): (4, 3),
        ("long", "deep"): (4, 9),
    }
    assert document.keys == {
        ("a",): (1, 1),
        ("a", 1, "b"): (1, 9),
        ("long",): (3, 1),
        ("long", "deep"): (4, 3),
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("012", 12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("true", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("1.0.0", "1.0.0"),
        ("2024-05-01", "2024-05-01"),
        ("12:30", "12:30"),
        ("9" * 5000, "9" * 5000),
        ("'12'", "12"),
        ('"yes"', "yes"),
        ("{q: Really?, r: a?b c}", {"q": "Really?", "r": "a?b c"}),
    ],
)
def test_only_core_types_come_out(written: str, value: object) -> None:
    data = read_yaml(f"a: {written}\n".encode(), "f.yaml").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    document = read_yaml(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f.yaml")
    assert document.data == {"a": 1, "b": 2}
    assert document.keys[("b",)] == (2, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1:1: the file is empty; start with “format: 1”"),
        (b"# only a remark\n", "1:1: the file is empty; start with “format: 1”"),
        (
            b"- a\n",
            "1:1: the file holds a list, not the keys of a framework; start with “format: 1”",
        ),
        (b"hello", "1:1: the file holds text, not the keys of a framework; start with “format: 1”"),
        (
            "title: Führung\nid: é".encode("latin-1"),
            "1:9: the file is not UTF-8: byte 0xFC on line 1; save it with the encoding UTF-8",
        ),
        (
            b"\xef\xbb\xbfa: \xc3\xa4\r\nb: \xc3\xa4\xff",
            "2:5: the file is not UTF-8: byte 0xFF on line 2; save it with the encoding UTF-8",
        ),
        (
            "a: 1".encode("utf-16"),
            "1:1: the file is not UTF-8: byte 0xFF on line 1; save it with the encoding UTF-8",
        ),
        (
            b"a: b\nc: d\0",
            "2:5: invisible control character U+0000; "
            "delete it; texts may hold only printable characters",
        ),
        (
            "a: b\u2028c".encode(),
            "1:5: invisible control character U+2028; "
            "delete it; texts may hold only printable characters",
        ),
    ],
)
def test_content_that_is_no_yaml_text(content: bytes, expected: str) -> None:
    assert complaints(content) == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (
            "title: Tell: all",
            "4:12: a colon is not expected here; "
            "put a text that contains “: ” in quotes, or check the indentation",
        ),
        (
            "title: {en: Tell: all}",
            "4:17: a colon is not expected here; "
            "put a text that contains “: ” in quotes, or check the indentation",
        ),
        (
            "title Leadership",
            "4:1: a colon is missing after the key; "
            "write “key: value”, and indent the further lines of a long text",
        ),
        (
            "title: 'Leadership",
            "4:8: a quote is opened here and never closed; add the closing quote",
        ),
        (
            "title: [Leadership",
            "4:8: a comma or closing bracket is missing; "
            "close the bracket, or put a text that begins with { or [ in quotes",
        ),
        ("\ttitle: x", "4:1: a tab stands where YAML allows only spaces; indent with spaces"),
        (
            "title: x\ty",
            "4:9: a tab stands where YAML allows only spaces; replace it with spaces",
        ),
        ("title: @home", "4:8: a text cannot begin with this character; put the text in quotes"),
        (
            'title: "a\\qb"',
            "4:11: a backslash in double quotes begins an unknown escape; "
            "use single quotes, or write the backslash twice",
        ),
        (
            'title: "a\\UFFFFFFFF"',
            "4:12: this cannot be read as YAML; "
            "is there a backslash or a % that should not be there?",
        ),
        (
            'title: "Lead" er',
            "4:15: the text goes on after its end; "
            "put the whole text in quotes, with quotes inside it doubled",
        ),
        (
            "title: - x",
            "4:8: a list item cannot begin here; put the dash on a line of its own, under the key",
        ),
        ("title: * x", "4:9: a text cannot begin with * or &; put the text in quotes"),
        (
            "title: |x",
            "4:9: a text cannot go on behind | or >; "
            "begin it on the next line, indented, or put it in quotes",
        ),
    ],
)
def test_syntax_errors_in_plain_language(new: str, expected: str) -> None:
    assert complaints(broken(TITLE, new)) == [f"sample.yaml:{expected}"]


def test_a_line_out_of_step() -> None:
    assert complaints(broken("    kind: behaviour", "   kind: behaviour")) == [
        "sample.yaml:15:4: this line is indented differently from the lines it belongs to; "
        "give keys and list items of one group the same indentation, in spaces"
    ]


def test_the_end_of_the_file_is_reported_inside_the_file() -> None:
    assert complaints("a: [1,\n\n\n") == [
        "sample.yaml:1:7: the file ends in the middle of a list or map; close the bracket"
    ]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (
            "title: &a Leadership",
            "4:8: anchors (&a) are not allowed; "
            "remove it, or put a text that begins with & in quotes",
        ),
        (
            "title: *a",
            "4:8: aliases (*a) are not allowed; "
            "write the content out, or put a text that begins with * in quotes",
        ),
        (
            "title: !!python/object/apply:os.system [ls]",
            "4:8: tags ('!!python/object/apply:os.system') are not allowed; "
            "remove it, or put a text that begins with ! in quotes",
        ),
        (
            "title: !!str 5",
            "4:8: tags ('!!str') are not allowed; "
            "remove it, or put a text that begins with ! in quotes",
        ),
        (
            "title: x\ntitle: y",
            "5:1: the key 'title' is here a second time; "
            "the first is on line 4; remove one of them",
        ),
        ("title: x\n<<: {a: b}", "5:1: merge keys (<<) are not allowed; write the keys out"),
        (
            "title: x\n5: y",
            "5:1: the key '5' is read as a number, not as text; put it in quotes: \"5\"",
        ),
        (
            "title: x\n? [a]\n: y",
            "5:3: a list or map cannot be a key; a key is a plain word",
        ),
        ("title: x\n?\n: y", "5:2: the key is empty; write a key in front of the colon"),
        (
            "title: x\n---\nb: y",
            "5:1: a second document starts here; "
            "one file holds one framework; remove the line “---”",
        ),
        (
            'title: "a\\0b"',
            "4:8: the text holds the invisible control character U+0000; "
            "remove the backslash escape that makes it",
        ),
        (
            'title: "a\\uD800b"',
            "4:8: the text holds the invisible control character U+D800; "
            "remove the backslash escape that makes it",
        ),
    ],
)
def test_yaml_that_a_framework_does_not_need(new: str, expected: str) -> None:
    assert complaints(broken(TITLE, new)) == [f"sample.yaml:{expected}"]


def test_billion_laughs_stay_small() -> None:
    lines = ['a: &a ["lol","lol","lol"]']
    lines += [
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    document = read_yaml("\n".join(lines).encode(), "bomb.yaml")
    assert document.data["i"] == [None] * 9
    assert sum("aliases" in problem.what for problem in document.problems) == 72


TOO_DEEP = "lists and maps are nested more than 16 deep; is a bracket missing or one too many?"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"a: " + b"x" * 10_000_000,
            "1:1: the file is 10,000,003 bytes, more than the limit of 1,048,576 bytes (1 MiB); "
            "a framework needs a small fraction of that; is it the right file?",
        ),
        (b"[" * 1_000_000, f"1:17: {TOO_DEEP}"),
        (b"- " * 500_000, f"1:33: {TOO_DEEP}"),
        (b"{? " * 300_000, f"1:49: {TOO_DEEP}"),
        (
            b"[" + b"a," * 500_000,
            "1:100000: the file has more than 50,000 keys and values; "
            "a framework needs a small fraction of that",
        ),
    ],
)
def test_large_and_deep_files_are_refused_fast(content: bytes, expected: str) -> None:
    started = time.process_time()
    found = complaints(content)
    assert found[-1] == f"sample.yaml:{expected}"
    assert time.process_time() - started < 5


def test_reading_stops_after_a_hundred_problems() -> None:
    with pytest.raises(FrameworkError) as caught:
        read_yaml(b"[" + b"*a," * 300_000 + b"]", "f.yaml")
    assert len(caught.value.problems) == 100
