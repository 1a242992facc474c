"""Raters out of address books (vCard) and directories (LDIF)."""

from __future__ import annotations

import base64
import time

import pytest

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.rater_list import MAX_UPLOAD_BYTES, RaterList, check_raters, parse_upload
from survey.rounds.rater_list_table import MAX_ROWS
from tests.rounds.test_rater_list_upload import rows, where

CARDS = """BEGIN:VCARD
VERSION:3.0
N:Silva;Ana;;;
FN:Ana Silva
item1.EMAIL;type=INTERNET;type=WORK:ana.silva@example.org
CATEGORIES:Friends,Peers
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ
 SkZJRgABAQ
END:VCARD

BEGIN:VCARD
VERSION:4.0
FN:Müller\\, Jörg
EMAIL;TYPE=home:joerg@home.example.org
EMAIL;TYPE=work;PREF=1:joerg@example.org
CATEGORIES:manager
LANG;PREF=1:de
ADR;LABEL="Am Markt 1: hinten":;;Am Markt 1;Ulm;;89073;Germany
END:VCARD
"""
ENTRIES = """version: 1
# people

dn: uid=ana,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
cn: Ana Silva
mail: ana.silva@exam
 ple.org
preferredLanguage: de-DE, en;q=0.5
jpegPhoto:: /9j/4AAQSkZJRg==

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn:: dWlkPWpvZXJnLGRjPWV4YW1wbGU=
objectClass: top
objectClass: person
displayName:: SsO2cmcgTcO8bGxlcg==
cn;lang-en: Joerg
mail: joerg@example.org

# search result
search: 2
result: 0 Success
"""


def cards(text: str, group: str | None = None) -> RaterList:
    return parse_upload(text.encode(), "people.vcf", STANDARD_GROUPS, group)


def entries(text: str, group: str | None = "peers") -> RaterList:
    return parse_upload(text.encode(), "people.ldif", STANDARD_GROUPS, group)


def card(*lines: str, version: str = "4.0") -> str:
    return "\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def only_problem(found: RaterList) -> str:
    assert found.entries == ()
    assert len(found.problems) == 1
    return str(found.problems[0])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_cards_become_raters_with_their_groups(end: str, encoding: str) -> None:
    content = CARDS.replace("\n", end).encode(encoding)
    found = parse_upload(content, "Kontakte.VCF", STANDARD_GROUPS)
    assert rows(found) == [
        ("Ana Silva", "ana.silva@example.org", "peers"),
        ("Müller, Jörg", "joerg@example.org", "manager"),
    ]
    assert [entry.language for entry in found.entries] == [None, "de"]
    assert [entry.row for entry in found.entries] == [1, 11]


def test_the_chosen_group_is_for_cards_that_name_none() -> None:
    text = card("FN:A", "EMAIL:a@b.org", "CATEGORIES:Sailing") + card("FN:B", "EMAIL:b@b.org")
    text += card("FN:C", "EMAIL:c@b.org", "CATEGORIES:Kunde")
    assert [row[2] for row in rows(cards(text, "peers"))] == ["peers", "peers", "customers"]


def test_a_card_without_a_group_says_so() -> None:
    text = card("FN:A", "EMAIL:a@b.org") + card("EMAIL:b@b.org", "CATEGORIES:Sailing,Choir")
    found = cards(text)
    assert where(found) == [(1, "group"), (6, "group")]
    assert "Sailing, Choir" in str(found.problems[1])


def test_a_card_of_two_groups_is_refused() -> None:
    said = only_problem(cards(card("EMAIL:a@b.org", "CATEGORIES:Peers,Customers,peer")))
    assert said.startswith("Row 1, group: the categories name 2 groups")


def test_a_name_in_parts_is_put_together() -> None:
    text = card("N:van Dyck\\;x;Ida\\nMaria;;Dr.;", "EMAIL:i@b.org", version="3.0")
    assert rows(cards(text, "peers"))[0][0] == "Ida Maria van Dyck;x"


def test_one_of_several_addresses_is_taken_and_said() -> None:
    found = cards(card("EMAIL:a@b.org", "EMAIL:b@b.org"), "peers")
    assert rows(found) == [("", "a@b.org", "peers")]
    assert "'a@b.org' is taken" in str(found.notes[0])
    preferred = cards(card("EMAIL:a@b.org", "EMAIL;TYPE=home,pref:b@b.org"), "peers")
    assert rows(preferred) == [("", "b@b.org", "peers")]
    assert preferred.notes == ()


def test_a_line_folded_in_the_middle_of_a_character_is_put_together() -> None:
    content = card("FN:Jörg", "EMAIL:j@b.org").encode()
    middle = content.index("ö".encode()) + 1
    folded = content[:middle] + b"\r\n " + content[middle:]
    assert rows(parse_upload(folded, "a.vcf", STANDARD_GROUPS, "peers"))[0][0] == "Jörg"


@pytest.mark.parametrize(
    ("text", "row", "field", "words"),
    [
        ("FN:A\n", 1, "row", "outside of a card"),
        (card("FN:A"), 1, "e-mail", "the card of 'A' has no address"),
        (card("FN:A", "EMAIL:a@b"), 1, "e-mail", "'a@b' is not an address"),
        (card("FN:=1+1", "EMAIL:a@b.org"), 1, "name", "looks like a formula"),
        (card("EMAIL:a@b.org", version="2.1"), 1, "version", "version '2.1'"),
        (card("KIND:group", "FN:All"), 1, "kind", "a list of people"),
        (card("EMAIL:a@b.org", "some words"), 4, "row", "not a line of a card"),
        (card("FN;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg"), 3, "name", "an encoding of its own"),
        ("\nBEGIN:VCARD\nEMAIL:a@b.org\n", 2, "row", "the card does not end"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_card_is_named(text: str, row: int, field: str, words: str) -> None:
    found = cards(text, "peers")
    assert where(found) == [(row, field)]
    assert words in only_problem(found)


def test_a_card_in_a_card_is_refused() -> None:
    found = cards("BEGIN:VCARD\n" + card("EMAIL:a@b.org"), "peers")
    assert where(found) == [(1, "row")]


def test_nothing_is_taken_of_a_file_with_one_bad_card() -> None:
    found = cards(card("EMAIL:a@b.org") + card("FN:B"), "peers")
    assert found.entries == ()
    assert [entry.email for entry in found.readable] == ["a@b.org"]


def test_the_same_person_twice_is_found_by_row() -> None:
    found = cards(card("EMAIL:a@b.org") + card("EMAIL:A@b.org"), "peers")
    problems = check_raters(
        found.entries, groups=STANDARD_GROUPS, mentee_email="m@b.org", mentor_email="n@b.org"
    )
    assert [str(problem)[:40] for problem in problems] == [
        "Row 5, e-mail: rows 1 and 5 name the sam"
    ]


def test_entries_of_a_directory_become_raters() -> None:
    found = entries(ENTRIES)
    assert rows(found) == [
        ("Ana Silva", "ana.silva@example.org", "peers"),
        ("Jörg Müller", "joerg@example.org", "peers"),
    ]
    assert [entry.language for entry in found.entries] == ["de-DE", None]
    assert [entry.row for entry in found.entries] == [4, 16]
    assert "rows 12" in str(found.notes[0])


def test_entries_need_a_group() -> None:
    assert where(entries(ENTRIES, None)) == [(4, "group"), (16, "group")]


@pytest.mark.parametrize(
    ("text", "row", "field", "words"),
    [
        ("cn: A\nmail: a@b.org\n", 1, "row", "does not begin an entry"),
        ("dn: a\ncn: A\n", 1, "e-mail", "no address"),
        ("dn: a\nobjectClass: person\n", 1, "e-mail", "no address"),
        ("dn: a\nmail: a@b\n", 1, "e-mail", "'a@b' is not an address"),
        ("dn: a\nmail:< file:///etc/passwd\n", 2, "e-mail", "lies in another file"),
        ("dn: a\ncn:: %%%\n", 2, "name", "not text in base64"),
        ("dn: a\ncn:: /w==\n", 2, "name", "not text in base64"),
        ("dn: a\nmail a@b.org\n", 2, "row", "not a line of an entry"),
        ("dn: a\nchangetype: delete\n", 1, "row", "a change ('delete')"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_is_named(text: str, row: int, field: str, words: str) -> None:
    found = entries(text)
    assert where(found) == [(row, field)]
    assert words in only_problem(found)


@pytest.mark.parametrize("name", ["a.vcf", "a.ldif"])
def test_other_files_under_these_names_are_refused(name: str) -> None:
    for content in (b"", b"\n\n"):
        assert where(parse_upload(content, name, STANDARD_GROUPS)) == [(0, "list")]
    assert where(parse_upload(b"\x00\x01", name, STANDARD_GROUPS)) == [(0, "file")]
    assert where(parse_upload(b"PK\x03\x04", name, STANDARD_GROUPS)) == [(0, "file")]
    too_large = parse_upload(b"x" * (MAX_UPLOAD_BYTES + 1), name, STANDARD_GROUPS)
    assert where(too_large) == [(0, "file")]


def test_too_many_people_are_refused() -> None:
    many = cards(card("EMAIL:a@b.org") * (MAX_ROWS + 1), "peers")
    assert "more than 5,000 cards" in only_problem(many)
    many = entries("dn: a\nmail: a@b.org\n\n" * (MAX_ROWS + 1))
    assert "more than 5,000 entries" in only_problem(many)


@pytest.mark.parametrize(
    "line",
    ["FN;" + "A=" * 400_000, "FN:a\n" + " \n" * 400_000, 'FN;"' + ";" * 800_000, ",;" * 500_000,
     "CATEGORIES:" + "a," * 400_000, "cn:: " + base64.b64encode(b"a" * 900_000).decode()],
    ids=range(6),
)  # fmt: skip
def test_a_line_that_was_made_to_be_slow_is_read_or_refused_at_once(line: str) -> None:
    begun = time.monotonic()
    cards(card("EMAIL:a@b.org", line), "peers")
    entries(f"dn: a\nmail: a@b.org\n{line}\n")
    assert time.monotonic() - begun < 20
