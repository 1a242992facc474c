"""Questionnaires of other programs, bent in every way: a draft, or words that help."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from survey.frameworks.importing import Draft, import_draft
from survey.frameworks.importing.template import template_as_csv, template_as_xlsx
from survey.frameworks.loader import parse_framework
from survey.frameworks.problems import FrameworkError
from survey.frameworks.yaml_source import read_yaml
from tests.frameworks.importing.samples import encoded, in_two_languages, new_survey, old_survey
from tests.fuzz.budget import tries
from tests.fuzz.test_files import anything_like, mutations

WORKBOOK = template_as_xlsx()
_MARKUP = st.sampled_from(
    ["<", ">", "</row>", "<row>", "<rows>", "]]>", "<![CDATA[", "&amp;", "&#0;", "&x;", "<!--",
     "<?x", "<qid>11</qid>", "<gid>1</gid>", "<language>de</language>", "<language>x y</language>",
     "<type>F</type>", "<type>1</type>", "{", "}", "{mentee}", "\u2028", "9" * 5000, "-1"]
)  # fmt: skip
_LEAVES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["QID1", "QID9", "DE", "ZH-S", "Likert", "Matrix", "TE", "SQ", "BL", "FL",
                       "Trash", "{", "${e://x}", "<b>", "\ud800", "\x00", "x" * 20_000, "1", "2"])
)  # fmt: skip
_ODD = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


def assert_draft_or_words(content: bytes, name: str) -> None:
    """A draft that is YAML, in which the loader may find faults; or problems with words."""
    try:
        draft = import_draft(content, name)
    except FrameworkError as error:
        refused = error.problems
    else:
        assert_draft(draft)
        return
    assert refused
    for problem in refused:
        assert problem.what
        assert problem.hint
        assert problem.line >= 1
        assert str(problem).encode()


def assert_draft(draft: Draft) -> None:
    text = draft.yaml.encode()
    assert not read_yaml(text, "draft.yaml").problems
    assert draft.file_name.isascii()
    assert "/" not in draft.file_name
    assert all("\n" not in note for note in draft.left_out)
    with suppress(FrameworkError):
        parse_framework(text, "draft.yaml")


@st.composite
def bent_xml(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from([old_survey(), new_survey()])).decode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        text = text[:start] + draw(_MARKUP | st.text(max_size=4)) + text[end:]
    return text.encode("utf-8", "surrogatepass")


def places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every part of some JSON."""
    inner = (
        part.items()
        if isinstance(part, dict)
        else enumerate(part)
        if isinstance(part, list)
        else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@st.composite
def bent_json(draw: st.DrawFn) -> bytes:
    data = in_two_languages()
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(data)[1:]))
        part: Any = data
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = draw(_ODD)
    return encoded(data)


@tries(300)
@given(content=bent_xml() | anything_like(old_survey().decode()))
def test_a_survey_of_limesurvey_is_drafted_or_refused(content: bytes) -> None:
    assert_draft_or_words(content, "a.lss")


@tries(300)
@given(content=bent_json() | mutations(encoded(in_two_languages()).decode()) | st.binary())
def test_a_survey_of_qualtrics_is_drafted_or_refused(content: bytes) -> None:
    assert_draft_or_words(content, "a.qsf")


@tries(300)
@given(content=anything_like(template_as_csv().decode("utf-8-sig")))
def test_a_table_is_drafted_or_refused(content: bytes) -> None:
    assert_draft_or_words(content, "a.csv")


@tries(40)
@given(data=st.data())
def test_a_damaged_workbook_is_drafted_or_refused(data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert_draft_or_words(bytes(content), "a.xlsx")
