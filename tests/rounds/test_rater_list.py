import unicodedata
from email.message import EmailMessage
from email.policy import SMTPUTF8

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.anonymity.addresses import normalise_address
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup
from survey.rounds.rater_list import (
    RaterEntry,
    RaterList,
    RaterProblem,
    check_raters,
    parse_text,
    parse_upload,
)

MENTEE, MENTOR = "mia@example.org", "max@example.org"


def entry(email: str, group: str = "peers", row: int = 0, name: str = "") -> RaterEntry:
    return RaterEntry(name, email, group, None, row)


def check(*entries: RaterEntry, invited: tuple[str, ...] = ()) -> list[RaterProblem]:
    return check_raters(
        entries,
        groups=STANDARD_GROUPS,
        mentee_email=MENTEE,
        mentor_email=MENTOR,
        already_invited=invited,
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Anna@Example.ORG", "anna@example.org"),
        ("anna+work+2@example.org", "anna@example.org"),
        ("anna.+x@example.org", "anna@example.org"),
        ("+anna@example.org", "+anna@example.org"),
        ("a.n.n.a@example.org", "a.n.n.a@example.org"),
        ("a.n.n.a+x@googlemail.com", "anna@gmail.com"),
        ("Anna@GMail.com", "anna@gmail.com"),
        ("ａｎｎａ＠example.org", "anna@example.org"),
        ("anna@Bücher.de", "anna@xn--bcher-kva.de"),
        ("anna@xn--bcher-kva.de", "anna@xn--bcher-kva.de"),
        ("b.\u0307@gmail.com", "ḃ@gmail.com"),
        ("zoe\u0308@example.org", "zoë@example.org"),
    ],
)
def test_normalise_address(address: str, expected: str) -> None:
    assert normalise_address(address) == expected


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "@example.org", "a b@c.org", "a@b.org\n", "\ud800@b.org"]
)
def test_normalise_address_refuses(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normalise_address(address)


local_parts = st.text(st.sampled_from("aB.+ßİǅﬁ¨ℌé\u0307\u0308٠-_ª½Ⅷ'"), min_size=1, max_size=12)
domains = st.sampled_from(["gmail.com", "GoogleMail.com", "bücher.de", "ß.de", "ﬁ.org", "X.org"])


@settings(max_examples=500)
@given(local_parts | st.text(min_size=1, max_size=12), domains)
def test_normalise_address_is_idempotent(local: str, domain: str) -> None:
    try:
        once = normalise_address(f"{local}@{domain}")
    except ValueError:
        return
    assert normalise_address(once) == once


def test_problem_reads_well() -> None:
    problem = RaterProblem(4, "e-mail", "'anna@' is not an address", "an address looks like x")
    assert str(problem) == "Row 4, e-mail: 'anna@' is not an address; an address looks like x."
    assert str(RaterProblem(0, "file", "too large", "split it")) == "File: too large; split it."


def test_good_list_has_no_problems() -> None:
    assert not check(
        entry(MENTEE, "self"),
        entry("boss@example.org", "manager"),
        entry("boss2@example.org", "manager"),
        entry("peer@example.org"),
        invited=("other@example.org",),
    )


def test_duplicates_name_both_rows() -> None:
    [problem] = check(
        entry("anna@gmail.com", row=3),
        entry("b@x.org", row=4),
        entry("An.na+x@googlemail.com", row=9),
    )
    assert (problem.row, problem.field) == (9, "e-mail")
    assert "rows 3 and 9" in problem.what
    assert "anna@gmail.com" in problem.what
    assert "An.na+x@googlemail.com" in problem.what
    [problem] = check(entry("a@x.org", row=1), entry("a@x.org", "customers", row=1))
    assert "two places in row 1" in problem.what


def test_already_invited() -> None:
    [problem] = check(entry("b@x.org"), entry("a+b@x.org"), invited=("A@x.org", "no address"))
    assert (problem.row, "already" in problem.what) == (2, True)


@pytest.mark.parametrize(
    ("group", "address", "fine"),
    [
        ("self", MENTEE, True),
        ("self", "Mia+360@example.org", True),
        ("self", "peer@example.org", False),
        ("self", MENTOR, False),
        ("peers", MENTEE, False),
        ("peers", "mia+x@Example.org", False),
        ("peers", MENTOR, False),
        ("customers", "MAX+x@example.org", False),
        ("manager", MENTOR, True),
        ("manager", MENTEE, False),
        ("nobody", "peer@example.org", False),
    ],
)
def test_own_addresses(group: str, address: str, fine: bool) -> None:
    assert (not check(entry(address, group))) == fine


def test_self_at_most_once() -> None:
    [problem] = check(entry(MENTEE, "self"), entry("mia+2@example.org", "self"))
    assert problem.row == 2


def test_group_added_by_the_mentor() -> None:
    board = RaterGroup("board", "Advisory Board", anonymous=True)
    team = RaterGroup("crew", "Team", anonymous=True)
    groups = [*STANDARD_GROUPS, board, team]
    text = "a@b.org, advisory board\nb@b.org, BOARD\nc@b.org, team"
    result = parse_text(text, groups)
    assert [e.group_key for e in result.entries] == ["board", "board", "crew"]
    [problem] = check_raters(
        [entry(MENTOR, "board")], groups=groups, mentee_email=MENTEE, mentor_email=MENTOR
    )
    assert "Advisory Board" in problem.hint


def test_entries_from_elsewhere_are_checked_again() -> None:
    fields = [
        (problem.row, problem.field)
        for problem in check(
            entry("a@x.org", name="A\r\nBcc: c@x.org"), entry("b@x.org\nBcc: c@x.org"), entry("no")
        )
    ]
    assert fields == [(1, "name"), (2, "e-mail"), (3, "e-mail")]


def test_at_most_ten_thousand() -> None:
    many = [entry(f"a{number}@x.org") for number in range(10_001)]
    assert [problem.row for problem in check(*many)] == [0]
    assert not check(*many[:10_000])


def assert_all_or_nothing(result: RaterList) -> None:
    assert bool(result.entries) != bool(result.problems)
    assert result.ok == bool(result.entries)
    for problem in (*result.problems, *result.notes):
        assert str(problem).isprintable()
    for rater in result.readable:
        assert validate_email(rater.email, check_deliverability=False).normalized == rater.email
        normalise_address(rater.email)
        assert rater.row > 0
        for text in (rater.name, rater.email, rater.language or ""):
            assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text)
        message = EmailMessage(policy=SMTPUTF8)
        message["To"] = rater.email
        message["Subject"] = f"For {rater.name}"
        assert message.keys() == ["To", "Subject"]


words = st.sampled_from(
    ["anna@example.org", "Anna", "Berger", "peers", "pears", "boss", "de", "Name", "E-Mail"]
) | st.sampled_from(
    [",", ";", "\t", "\n", "\r\n", "\r", '"', "<", ">", " ", "'", "=", "@", ":", "- ", "\u2028"]
)
words |= st.sampled_from(
    ["<b@x.org>", '"Last, First" <c@d.org>', "mailto:", "To: ", "ü", "\x00", "\ud800", "+x@y.org"]
)
lists = st.lists(words, max_size=25).map("".join) | st.text(max_size=60)
default_groups = st.sampled_from([None, "peers"])


@settings(max_examples=500, deadline=None)
@given(lists, default_groups)
def test_any_text_gives_entries_or_problems(text: str, default_group: str | None) -> None:
    assert_all_or_nothing(parse_text(text, STANDARD_GROUPS, default_group))


encodings = st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"])
files = st.builds(lambda text, encoding: text.encode(encoding, "ignore"), lists, encodings)
prefixes = st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"sep=;\n"])
any_bytes = st.builds(lambda start, rest: start + rest, prefixes, st.binary(max_size=80))


@settings(max_examples=500, deadline=None)
@given(files | any_bytes, st.sampled_from(["a.csv", "a.xlsx", "a.txt", "a.xls"]), default_groups)
def test_any_file_gives_entries_or_problems(
    content: bytes, name: str, default_group: str | None
) -> None:
    result = parse_upload(content, name, STANDARD_GROUPS, default_group)
    assert_all_or_nothing(result)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.emails(), min_size=1, max_size=8))
def test_no_address_is_lost(addresses: list[str]) -> None:
    simple = [a for a in addresses if not set(a) & set("\"'`={}|/#$%&*!?^~+-")]
    for text in ("\n".join(simple), ", ".join(simple), "; ".join(f"X <{a}>" for a in simple)):
        result = parse_text(text, STANDARD_GROUPS, "peers")
        if simple:
            counted = len(result.entries) or len(result.readable) + len(result.problems)
            assert counted == len(simple)
