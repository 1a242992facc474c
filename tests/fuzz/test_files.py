"""Files of others, and of those who run the service: read, or refused with words that help.

The loader of frameworks has tests of its own, tests/frameworks/test_hostile_input.py.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.question_sets import QuestionSetError, load_question_set
from survey.privacy.errors import RetentionError
from survey.privacy.schedule import load_schedule
from survey.rounds.rater_list import RaterList, check_raters, parse_text, parse_upload
from survey.rounds.round_file import RoundFileError, read_round_file
from tests.frameworks.test_hostile_input import FRAGMENTS
from tests.fuzz.budget import tries
from tests.mentoring.test_question_sets import GOOD as QUESTION_SET
from tests.rounds.test_rater_list_upload import workbook
from tests.test_docs import ROOT
from tests.test_docs import example as example_in

SCHEDULE = ROOT / "retention.yaml"
ROUND = example_in("round-files.md", "yaml")
CSV = (
    "Name;E-Mail;Gruppe;Sprache\r\nJörg Müller;joerg@example.org;Kollege;de\r\nB;b@c.org;self;\r\n"
)
CARDS = (
    "BEGIN:VCARD\nVERSION:4.0\nFN:Jörg\nitem1.EMAIL;PREF=1:joerg@example.org\n"
    "CATEGORIES:Peers,x\nLANG:de\nEND:VCARD\n"
)
ENTRIES = (
    "dn: a\nobjectClass: person\ncn:: SsO2cmc=\nmail: joerg@exa\n mple.org\n\n"
    "dn: b\nmail: b@c.org\n"
)
TEXT = "Ann <ann@example.org>, peers\nTo: b@example.org; Cy <c@example.org>\n- d@example.org\n"
XLSX = workbook(["Name", "E-mail", "Group"], ["A", "a@b.org", "peers"], ["=1+1", "b@b.org", "x"])

_MORE = st.sampled_from(
    ["=1", "+", "@", "\t", "\r", ";;;", "'", "sep=;", "0001-01-01", "9999-12-31", "2026-13-45",
     "9999 weeks", "٣ days", "1e999", ".inf", "-" * 50, "[" * 60, "{" * 60, "<<: *a", "!!python/x",
     "!!binary x", "!!timestamp x", "? [a]\n: b", "&a [*a]", "🧑‍🤝‍🧑", "\u202e", "@@", "<>",
     "a" * 300]
)  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn, text: str) -> bytes:
    """The text with a few places changed."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        text = text[:start] + draw(FRAGMENTS | _MORE | st.text(max_size=4)) + text[end:]
    return text.encode("utf-8", "surrogatepass")


def anything_like(text: str) -> st.SearchStrategy[bytes]:
    """Mutations, pieces of YAML, and arbitrary bytes."""
    pieces = st.lists(FRAGMENTS | _MORE, max_size=20).map("".join)
    return mutations(text) | pieces.map(lambda s: s.encode("utf-8", "replace")) | st.binary()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def assert_says_what_is_wrong(
    read: Callable[[Path], object], refused: type[Exception], path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    try:
        read(path)
    except refused as error:
        said = str(error)
    else:
        return
    assert path.name in said
    assert said.encode()


@tries(250)
@given(content=anything_like(QUESTION_SET))
def test_a_question_set_is_read_or_refused(folder: Path, content: bytes) -> None:
    assert_says_what_is_wrong(load_question_set, QuestionSetError, folder / "sample.yaml", content)


@tries(250)
@given(content=anything_like(ROUND))
def test_a_round_s_description_is_read_or_refused(folder: Path, content: bytes) -> None:
    assert_says_what_is_wrong(read_round_file, RoundFileError, folder / "round.yaml", content)


@tries(250)
@given(content=anything_like("kinds:\n  responses: {keep: 3 days, reason: r, basis: b}\n"))
def test_a_schedule_is_read_or_refused(folder: Path, content: bytes) -> None:
    assert_says_what_is_wrong(
        lambda path: load_schedule(path, SCHEDULE), RetentionError, folder / "own.yaml", content
    )


def assert_all_or_nothing(found: RaterList) -> None:
    """Raters or problems, each with words; never half a list."""
    assert bool(found.entries) != bool(found.problems)
    assert found.ok is not bool(found.problems)
    for problem in (*found.problems, *found.notes):
        assert str(problem).isprintable()
        assert problem.what
        assert problem.hint
    for entry in found.entries:
        assert not set("\r\n\x00\u202e") & set(entry.name + entry.email)
        assert entry.name[:1] not in "=+-@\t\r" or not entry.name
        assert entry.email[0] not in "=+-@\t\r"
        assert entry.group_key in {group.key for group in STANDARD_GROUPS}
    check_raters(
        found.readable, groups=STANDARD_GROUPS, mentee_email="m@b.org", mentor_email="n@b.org"
    )


@tries(300)
@given(
    content=anything_like(CSV)
    | mutations(CSV).map(lambda c: c.decode("utf-8", "replace").encode("utf-16")),
    name=st.sampled_from(["a.csv", "a.tsv", "A.TXT", "a.xlsx"]),
    default=st.sampled_from([None, "peers", "nonsense"]),
)
def test_a_list_of_raters_in_csv_is_read_or_refused(
    content: bytes, name: str, default: str | None
) -> None:
    assert_all_or_nothing(parse_upload(content, name, STANDARD_GROUPS, default))


@tries(300)
@given(
    content=anything_like(CARDS)
    | anything_like(ENTRIES)
    | mutations(CARDS).map(lambda c: c.decode("utf-8", "replace").encode("utf-16")),
    name=st.sampled_from(["a.vcf", "A.VCARD", "a.ldif"]),
    default=st.sampled_from([None, "peers"]),
)
def test_contacts_are_read_or_refused(content: bytes, name: str, default: str | None) -> None:
    assert_all_or_nothing(parse_upload(content, name, STANDARD_GROUPS, default))


@tries(300)
@given(text=mutations(TEXT), default=st.sampled_from([None, "peers"]))
def test_raters_that_are_typed_are_read_or_refused(text: bytes, default: str | None) -> None:
    typed = text.decode("utf-8", "replace")
    assert_all_or_nothing(parse_text(typed, STANDARD_GROUPS, default))


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PARTS = parts_of(XLSX)
_XML = st.sampled_from(
    [b"<", b">", b"</row>", b'r="A9999999"', b'r="XFD1048576"', b't="s"', b"<v>9999</v>",
     b"<f>1</f>",
     b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<!ENTITY a SYSTEM "file:///etc/passwd">', b"&a;", b"\x00",
     b"<dimension ref='A1:XFD1048576'/>", b't="array"', b't="e"', b"\xff", b"<row r='99999999'/>",
     b"<mergeCell ref='A1:XFD1048576'/>", b"xmlns:x='y'", b"1e999", b"-1"]
)  # fmt: skip


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A workbook with some bytes of its XML, or of its archive, changed; or with a part missing."""
    parts = dict(PARTS)
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(sorted(parts)))
        part = parts[name]
        start = draw(st.integers(0, len(part)))
        end = min(len(part), start + draw(st.integers(0, 20)))
        parts[name] = part[:start] + draw(_XML | st.binary(max_size=4)) + part[end:]
    if draw(st.integers(0, 5)) == 5:
        del parts[draw(st.sampled_from(sorted(parts)))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    content = buffer.getvalue()
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(content) - 1))
        content = content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    return content


@tries(120)
@given(content=workbooks(), default=st.sampled_from([None, "peers"]))
@example(content=XLSX, default="peers")
def test_a_workbook_of_raters_is_read_or_refused(content: bytes, default: str | None) -> None:
    assert_all_or_nothing(parse_upload(content, "a.xlsx", STANDARD_GROUPS, default))
